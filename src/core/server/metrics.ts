import { getOrAdd } from "../../tools/index.ts";

/** Upper bounds of the duration histogram, in seconds. */
const BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5] as const;

interface Series {
  count: number;
  seconds: number;
  readonly buckets: number[];
}

/** A figure that is read when somebody asks. */
export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly type: "gauge" | "counter";
  read(): number;
}

/** Counts requests, and tells all figures in Prometheus' text format (version 0.0.4). */
export interface Metrics {
  record(method: string, route: string, status: number, milliseconds: number): void;
  text(): string;
}

/** Makes the metrics of one app. Labels are methods, route patterns and statuses: nothing that a client chooses. */
export function createMetrics(gauges: readonly Gauge[]): Metrics {
  /** By route, then by method and status: a text made anew for each request would cost more than all the counting. */
  const requests = new Map<string, Map<string, Map<number, Series>>>();
  const seriesOf = (method: string, route: string, status: number): Series => {
    const byMethod = getOrAdd(requests, route, () => new Map<string, Map<number, Series>>());
    const byStatus = getOrAdd(byMethod, method, () => new Map<number, Series>());
    return getOrAdd(byStatus, status, () => ({ count: 0, seconds: 0, buckets: BUCKETS.map(() => 0) }));
  };
  return {
    record(method, route, status, milliseconds) {
      const series = seriesOf(method, route, status);
      const seconds = milliseconds / 1000;
      series.count += 1;
      series.seconds += seconds;
      const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
      if (bucket >= 0) series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
    },
    text() {
      const lines = gauges.flatMap(({ name, help, type, read }) => [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} ${type}`,
        `${name} ${read()}`,
      ]);
      const name = "bakend_http_request_duration_seconds";
      lines.push(`# HELP ${name} Time from the first to the last step of a request.`, `# TYPE ${name} histogram`);
      for (const [labels, series] of labelled(requests)) {
        let sum = 0;
        BUCKETS.forEach((bound, index) => {
          sum += series.buckets[index] ?? 0;
          lines.push(`${name}_bucket{${labels},le="${bound}"} ${sum}`);
        });
        lines.push(
          `${name}_bucket{${labels},le="+Inf"} ${series.count}`,
          `${name}_sum{${labels}} ${series.seconds.toFixed(6)}`,
          `${name}_count{${labels}} ${series.count}`,
        );
      }
      return `${lines.join("\n")}\n`;
    },
  };
}

function* labelled(
  requests: ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<number, Series>>>,
): Iterable<readonly [labels: string, series: Series]> {
  for (const [route, byMethod] of requests) {
    for (const [method, byStatus] of byMethod) {
      for (const [status, series] of byStatus)
        yield [`method="${method}",route="${route}",status="${status}"`, series] as const;
    }
  }
}
