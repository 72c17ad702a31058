/** The doctor at a relay that has everything, and at what may be wrong with it. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { freePort, Program } from '../e2e/process.ts';
import { type Config, configOf } from './config.ts';
import { examine, type Finding } from './doctor.ts';
import { OnionRelay } from './testing/onion-relay.ts';

const network = inject('torNetwork');
const dataDir = mkdtempSync(join(tmpdir(), 'hushroom-doctor-'));
let turn: Program;
let relay: OnionRelay;
/** As the relay was started, and with the port that it got. */
let config: Config;

beforeAll(async () => {
  const port = await freePort();
  turn = new Program('turnserver', [
    ...['-n', '--listening-ip=127.0.0.1', `--listening-port=${port}`, '--relay-ip=127.0.0.1', '--no-tls', '--no-dtls', '--no-cli'],
    ...['--use-auth-secret', '--static-auth-secret=right', '--realm=hushroom', '--log-file=stdout', '--pidfile=/dev/null'],
  ]);
  await turn.says(/DB connection success/);
  relay = new OnionRelay({
    onion: true,
    dataDir,
    torExtra: network.memberFile,
    turnUrls: ['udp', 'tcp'].map((transport) => `turn:127.0.0.1:${port}?transport=${transport}`),
    turnSecret: 'right',
    transports: ['obfs4=/usr/bin/obfs4proxy'],
  });
  await (await relay.start()).reachable();
  config = { ...relay.config, port: relay.relay.port };
});

afterAll(async () => {
  await relay.close();
  await turn.end();
  rmSync(dataDir, { recursive: true, force: true });
});

const faults = (findings: readonly Finding[]): string[] =>
  findings.flatMap(({ what, fault }) => (fault === null ? [] : [`${what}: ${fault}`]));

describe('the doctor', () => {
  it('finds no fault where all that is configured works, and looks at all of it', async () => {
    const findings = await examine(config);
    expect(faults(findings)).toEqual([]);
    expect(findings.map(({ what }) => what)).toEqual([
      `the folder ${dataDir}`,
      `the relay at port ${config.port}`,
      'the program tor',
      'the program for obfs4 bridges',
      'the control connection to tor',
      'the version of tor',
      'the clock',
      'the connection to the Tor network',
      'the onion',
      ...config.turnUrls,
    ]);
  });

  it('looks at nothing that is not configured', async () => {
    const plain = configOf({ port: config.port });
    expect((await examine(plain)).map(({ what }) => what)).toEqual([`the relay at port ${config.port}`]);
  });

  it('says for each fault what to do', async () => {
    const wrong = async (change: Partial<Config>): Promise<string> => faults(await examine({ ...config, ...change })).join('\n');
    expect(await wrong({ turnSecret: 'wrong' })).toMatch(/^turn:.*: it refuses the credentials: turnSecret must be its static-auth-secret/);
    expect(await wrong({ turnUrls: ['turn:127.0.0.1:1?transport=tcp'] })).toBe('turn:127.0.0.1:1?transport=tcp: ECONNREFUSED');
    expect(await wrong({ transports: ['webtunnel=/nowhere/webtunnel'] })).toMatch(
      /^the program for webtunnel bridges: \/nowhere\/webtunnel is not there/,
    );
    expect(await wrong({ torPath: '/nowhere/tor' })).toMatch(
      /^the program \/nowhere\/tor: the program tor could not be started; install it/,
    );
    expect(await wrong({ torControl: '127.0.0.1:1' })).toMatch(/^the control connection to tor: nothing answers at the control port/);
    expect(await wrong({ port: 1 })).toMatch(
      /^the relay at port 1: nothing answers there; start the relay.*\nthe control connection to tor: its tor runs only while/,
    );
    chmodSync(join(dataDir, 'relay-key'), 0o644);
    expect(await wrong({})).toBe(`the folder ${dataDir}: others can read a secret; chmod 600 ${join(dataDir, 'relay-key')}`);
    chmodSync(dataDir, 0o755);
    expect(await wrong({})).toBe(`the folder ${dataDir}: others can look into it; chmod 700 ${dataDir}`);
    chmodSync(dataDir, 0o700);
    chmodSync(join(dataDir, 'relay-key'), 0o600);
  });

  it('ends with an exit code that a script can use', async () => {
    const env = {
      HUSHROOM_ONION: 'yes',
      HUSHROOM_DATA_DIR: dataDir,
      HUSHROOM_PORT: String(config.port),
      HUSHROOM_TOR_EXTRA: network.memberFile,
    };
    const program = new URL('main.ts', import.meta.url).pathname;
    const well = new Program(process.execPath, [program, 'doctor'], { env });
    expect(await well.ends()).toBe(0);
    expect(well.output).toContain('ok     the onion');
    const ill = new Program(process.execPath, [program, 'doctor'], { env: { ...env, HUSHROOM_TOR_PATH: '/nowhere/tor' } });
    expect(await ill.ends()).toBe(1);
    expect(ill.output).toContain(
      'FAULT  the program /nowhere/tor: the program tor could not be started; install it (Debian: `apt install tor`; the image: its target `with-tor` has it)',
    );
  });
});
