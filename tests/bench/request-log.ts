/** What answers a route. */
export type Handler<P extends string> = (request: Bun.BunRequest<P>) => Response | Promise<Response>;

let lines: string[] = [];

/** The handler, with a line about each request on standard output, as the product writes it: together, every 200 ms. */
export function withLog<P extends string>(handle: Handler<P>): Handler<P> {
  return (request) => {
    const started = performance.now();
    const done = (response: Response): Response => {
      note(response.headers.get("x-request-id"), request, response.status, started);
      return response;
    };
    const response = handle(request);
    return response instanceof Promise ? response.then(done) : done(response);
  };
}

function note(id: string | null, { method, url }: Request, status: number, started: number): void {
  const path = url.slice(url.indexOf("/", 8));
  const ms = Math.round((performance.now() - started) * 100) / 100;
  const line = { time: new Date().toISOString(), level: "info", message: "request", id, method, path, status, ms };
  if (lines.push(JSON.stringify(line)) === 1) setTimeout(flush, 200);
}

function flush(): void {
  const text = `${lines.join("\n")}\n`;
  lines = [];
  process.stdout.write(text);
}
