/** Holds the files of relay/deploy to the program: no setting, metric or verb in them that does not exist. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commands } from '../relay/commands.ts';
import { settingNames, variableOf } from '../relay/config.ts';
import { metricNames } from '../relay/metrics.ts';

const folder = new URL('../relay/deploy/', import.meta.url);
const files = readdirSync(folder).map((name) => [name, readFileSync(new URL(name, folder), 'utf8')] as const);
const dockerfile = readFileSync(new URL('../Dockerfile', import.meta.url), 'utf8');

describe.each([...files, ['Dockerfile', dockerfile] as const])('%s', (_, text) => {
  it('names only settings that exist', () => {
    const known = [...settingNames.map(variableOf), 'HUSHROOM_CONFIG'];
    for (const [variable] of text.matchAll(/HUSHROOM_[A-Z_]+/g)) expect(known).toContain(variable);
  });

  it('names only metrics that exist', () => {
    const known = metricNames.flatMap((name) => [name, `${name}_bucket`, `${name}_count`, `${name}_sum`]);
    for (const [metric] of text.matchAll(/hushroom_[a-z_]+/g)) expect(known).toContain(metric);
  });

  it('calls only verbs that exist', () => {
    for (const [, verb] of text.matchAll(/hushroom-relay ([a-z]+)/g)) expect(Object.keys(commands)).toContain(verb);
  });
});

it('the dashboard is JSON with a panel for each of its queries', () => {
  const { panels } = JSON.parse(files.find(([name]) => name === 'grafana-dashboard.json')![1]) as { panels: { targets: object[] }[] };
  expect(panels.length).toBeGreaterThan(8);
  for (const { targets } of panels) expect(targets.length).toBeGreaterThan(0);
});
