export { installPlugins, type Plugin, type PluginHost } from "./plugin.ts";
export type { PluginHandler, PluginMethod, PluginRoute } from "./routes.ts";
