/** There is no server of its own behind the panel: everything is read over the API, in the browser. */
export const ssr = false;
