/** How often a histogram has been told how long something took. */
import type { Histogram } from 'prom-client';

export async function timed(histogram: Histogram): Promise<number> {
  const { values } = await histogram.get();
  return values.find(({ metricName }) => metricName?.endsWith('_count'))?.value ?? 0;
}
