/** Holds operating.md to the code: nothing that an operator can set, see or be told is missing from it, or is only there. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defaultOf, settingNames, settings, variableOf } from '../relay/config.ts';
import { alertNames } from '../relay/console/alert-rules.ts';
import { logEvents } from '../relay/log.ts';
import { dropReasons, labelOf, metricNames } from '../relay/metrics.ts';
import { torTroubles } from '../relay/tor/errors.ts';
import { relayErrors } from '../shared/wire/relay.ts';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const text = read('operating.md');

/** The cells of each row of the table under a heading, or after a sentence. */
function rows(after: string): string[][] {
  const lines = text.slice(text.indexOf(after)).split('\n');
  const start = lines.findIndex((line) => line.startsWith('| ---'));
  const end = lines.findIndex((line, i) => i > start && !line.startsWith('|'));
  return lines.slice(start + 1, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1')),
  );
}

describe('operating.md', () => {
  it('has every setting with its variable, default and description', () => {
    expect(rows('## Settings')).toEqual(
      settingNames.map((name) => [name, variableOf(name), defaultOf(name), settings.shape[name].description]),
    );
  });

  it('has every metric and every reason', () => {
    expect(rows('## Health and metrics').map(([name]) => name)).toEqual(metricNames);
    expect(rows('Reasons of')).toEqual(Object.entries(dropReasons).map(([name, meaning]) => [labelOf(name), meaning]));
  });

  it('has every event of the log', () => {
    expect(rows('## Log')).toEqual(Object.entries(logEvents));
  });

  it('has every ERR code', () => {
    expect(rows('## ERR codes').map(([code, name]) => [code, name])).toEqual(
      Object.entries(relayErrors).map(([name, code]) => [String(code), labelOf(name)]),
    );
  });

  it('has every code of a refusal in a page', () => {
    const codes = [...read('../shared/errors.ts').matchAll(/^ {2}\| '([a-z-]+)'/gm)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(10);
    expect(rows('## What pages refuse').map(([code]) => code)).toEqual(codes);
  });

  it('has every trouble with tor', () => {
    expect(rows('## When tor has trouble')).toEqual(Object.entries(torTroubles));
  });

  it('has every alert', () => {
    expect(rows('## Alerts').map(([cell]) => /`([a-z-]+)`/.exec(cell ?? '')?.[1])).toEqual(alertNames);
  });

  it('names no setting that does not exist', () => {
    const known = [...settingNames.map(variableOf), 'HUSHROOM_CONFIG'];
    for (const [variable] of text.matchAll(/HUSHROOM_[A-Z_]+/g)) expect(known).toContain(variable);
  });
});
