export type { OnFault } from "./faults.ts";
export { createLinking } from "./linking.ts";
export { createLogins, type Landed, type OAuth } from "./logins.ts";
export { createPeople } from "./people.ts";
export { createProvider } from "./provider.ts";
export { type ProvidersSettings, providerFaults } from "./settings.ts";
