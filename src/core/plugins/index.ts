export {
  installPlugins,
  type Plugin,
  type PluginHandler,
  type PluginHost,
  type PluginMethod,
  type PluginRoute,
} from "./plugin.ts";
