/**
 * The argument with which the executable becomes a child. After it stands the project, where it runs; and the reason, if it is
 * not confined.
 */
export const CHILD_ARGUMENT = "__functions";
