/** placeholder until written */
export const docsPage = "<!doctype html>";
