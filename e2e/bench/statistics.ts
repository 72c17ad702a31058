/** Medians and spreads, and how they are written. */

export function quantile(values: readonly number[], part: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const low = sorted[Math.floor(at)]!;
  return low + (sorted[Math.ceil(at)]! - low) * (at - Math.floor(at));
}

export const median = (values: readonly number[]) => quantile(values, 0.5);

function digits(value: number): string {
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}

/** `median (least-most)`. */
export function spread(values: readonly number[], unit = ''): string {
  if (values.length === 0) return '–';
  const least = digits(Math.min(...values));
  const most = digits(Math.max(...values));
  return `${digits(median(values))}${unit} (${least}–${most})`;
}

/** `p50 / p95`. */
export function percentiles(values: readonly number[], unit = ''): string {
  return values.length === 0 ? '–' : `${digits(median(values))} / ${digits(quantile(values, 0.95))}${unit}`;
}

/** Rows of cells as a Markdown table whose columns line up. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) => `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [line(rows[0]!), rule, ...rows.slice(1).map(line)].join('\n');
}
