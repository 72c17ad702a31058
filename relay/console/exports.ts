/**
 * Tables as files: TXT to read, CSV for a spreadsheet, JSON for a program. A spreadsheet runs what begins with = + - @ or a control character,
 * and some of the text here was typed by others, so such a field gets an apostrophe before it (as OWASP advises).
 */
export type Table = readonly Readonly<Record<string, string | number | boolean | null>>[];
export const formats = ['txt', 'csv', 'json'] as const;
export type Format = (typeof formats)[number];

export const mediaTypes: Readonly<Record<Format, string>> = {
  txt: 'text/plain; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  json: 'application/json',
};

export function exported(table: Table, format: Format): string {
  const columns = [...new Set(table.flatMap((row) => Object.keys(row)))];
  switch (format) {
    case 'json':
      return `${JSON.stringify(table, null, 2)}\n`;
    case 'csv':
      return [columns, ...table.map((row) => columns.map((name) => row[name] ?? ''))]
        .map((row) => `${row.map(csvField).join(',')}\r\n`)
        .join('');
    case 'txt': {
      const rows = [columns, ...table.map((row) => columns.map((name) => oneLine(String(row[name] ?? ''))))];
      const widths = columns.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
      return rows
        .map(
          (row) =>
            `${row
              .map((text, at) => text.padEnd(widths[at]!))
              .join('  ')
              .trimEnd()}\n`,
        )
        .join('');
    }
  }
}

function csvField(value: string | number | boolean): string {
  if (typeof value === 'number') return String(value);
  const text = String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) || safe !== text ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const oneLine = (text: string): string => text.replaceAll(/\p{Cc}+/gu, ' ');
