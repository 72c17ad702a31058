/** A tor of the relay's own, on the private network. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { torPace } from './backoff.ts';
import { Control } from './control.ts';
import type { TorError } from './errors.ts';
import { OwnTor, type OwnTorOptions } from './process.ts';
import { SystemTor } from './system.ts';
import type { Tor, TorState } from './tor.ts';

const network = inject('torNetwork');
const tors: Tor[] = [];
const folders: string[] = [];

const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'hushroom-process-'));
  folders.push(made);
  return join(made, 'tor');
};

async function start(some: Partial<OwnTorOptions> = {}): Promise<OwnTor> {
  const tor = await OwnTor.start({
    folder: folder(),
    program: 'tor',
    lines: () => [`%include ${network.memberFile}`],
    pace: { ...torPace, firstMs: 10 },
    ...some,
  });
  tors.push(tor);
  return tor;
}

/** Resolves with the first state, from now on, that is so. */
function state(tor: Tor, isSo: (state: TorState) => boolean): Promise<TorState> {
  return new Promise((resolve) => {
    const stop = tor.watch({
      onState: (now) => {
        if (!isSo(now)) return;
        stop();
        resolve(now);
      },
    });
    if (isSo(tor.state)) resolve(tor.state);
  });
}

const ready = (tor: Tor): Promise<TorState> => state(tor, ({ name }) => name === 'ready');

function trouble(tor: Tor, code: string): Promise<TorError> {
  return new Promise((resolve) => {
    const stop = tor.watch({
      onTrouble: (told) => {
        if (told.code !== code) return;
        stop();
        resolve(told);
      },
    });
  });
}

afterEach(async () => {
  await Promise.all(tors.splice(0).map((tor) => tor.close()));
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

describe("a tor of the relay's own", () => {
  it('tells how far it is until it is ready, in a folder that nobody else can read', async () => {
    const tor = await start();
    const seen: TorState[] = [];
    tor.watch({ onState: (now) => void seen.push(now) });
    await ready(tor);
    const percents = seen.flatMap((now) => (now.name === 'bootstrapping' ? [now.percent] : []));
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
    expect(percents.length).toBeGreaterThan(3);
    expect(seen.find((now) => now.name === 'bootstrapping' && now.percent > 0)).toHaveProperty(
      'waitsFor',
      expect.stringMatching(/\w+ \w+/),
    );
    expect(statSync(tor.folder.folder).mode & 0o777).toBe(0o700);
    expect(statSync(tor.folder.data).mode & 0o777).toBe(0o700);
    const { pid } = tor;
    await tor.close();
    expect(tor.state.name).toBe('stopped');
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });

  it('keeps its guards from run to run', async () => {
    const first = await start();
    await ready(first);
    await first.close();
    const guards = (): string[] => readFileSync(join(first.folder.data, 'state'), 'utf8').match(/rsa_id=\w+/g) ?? [];
    const before = guards();
    expect(before.length).toBeGreaterThan(0);
    const second = await start({ folder: first.folder.folder });
    await ready(second);
    await second.close();
    expect(guards()).toEqual(before);
  });

  it('comes back when it is killed', async () => {
    const tor = await start();
    await ready(tor);
    const ended = trouble(tor, 'tor-ended');
    process.kill(tor.pid!, 'SIGKILL');
    expect((await ended).message).toContain('SIGKILL');
    await ready(tor);
    expect(tor.restarts).toBe(1);
  });

  it('keeps its tor when the control connection is cut, and connects again', async () => {
    const tor = await start();
    await ready(tor);
    const { pid, control } = tor;
    const told = trouble(tor, 'control-closed');
    const again = new Promise<Control>((resolve) => {
      tor.watch({ onControl: (next) => next !== control && resolve(next) });
    });
    control!.close();
    await told;
    expect(await (await again).info('status/bootstrap-phase')).toContain('PROGRESS=100');
    expect(tor.pid).toBe(pid);
    expect(tor.restarts).toBe(0);
  });

  it('kills a tor that has not answered three times, and starts it again', async () => {
    const tor = await start({ answerMs: 100, heartbeatMs: 100 });
    await ready(tor);
    const silent = trouble(tor, 'control-silent');
    const ended = trouble(tor, 'tor-ended');
    process.kill(tor.pid!, 'SIGSTOP');
    await silent;
    await ended;
    await ready(tor);
    expect(tor.restarts).toBe(1);
  });

  it('reads changed lines without being started again, and refuses wrong ones as a whole', async () => {
    let more: string[] = [];
    const tor = await start({ lines: () => [`%include ${network.memberFile}`, ...more] });
    await ready(tor);
    const { pid } = tor;
    more = ['NumCPUs 1', 'MaxClientCircuitsPending 77'];
    await tor.reload();
    expect(await tor.control!.conf('MaxClientCircuitsPending')).toEqual(['77']);
    more = ['NoSuchOption 1'];
    await expect(tor.reload()).rejects.toMatchObject({ code: 'bad-torrc', message: expect.stringContaining('NoSuchOption') });
    expect(readFileSync(tor.folder.torrc, 'utf8')).toContain('MaxClientCircuitsPending 77');
    expect(tor.pid).toBe(pid);
  });

  it('is given up for a while when it ends again and again', async () => {
    const pace = { firstMs: 1, mostMs: 1, tries: 5, pauseMs: 3_600_000, steadyMs: 60_000 };
    const tor = await start({ pace });
    const gaveUp = trouble(tor, 'tor-gives-up');
    let kills = 0;
    tor.watch({
      onControl: () => {
        kills++;
        process.kill(tor.pid!, 'SIGKILL');
      },
    });
    await gaveUp;
    expect(kills).toBe(5);
    expect(tor.restarts).toBe(4);
    expect(tor.state.name).toBe('failing');
  });

  it('ends when its relay is killed', async () => {
    const tor = await start();
    await ready(tor);
    // What the kernel does for a killed relay: all its connections close, the owner's among them.
    const place = { path: tor.folder.control };
    const owner = await Control.open(place, { cookieFile: tor.folder.cookie });
    await owner.ask('TAKEOWNERSHIP');
    const ended = trouble(tor, 'tor-ended');
    owner.close();
    expect((await ended).message).not.toContain('SIG');
  });

  it.each([
    ['no-tor', { program: '/nowhere/tor' }],
    ['bad-torrc', { lines: () => ['SocksPort what'] }],
    ['no-folder', { folder: '/dev/null/tor' }],
    ['old-tor', { program: new URL('../testing/old-tor.sh', import.meta.url).pathname }],
  ] as [string, Partial<OwnTorOptions>][])('does not start with %s', async (code, options) => {
    await expect(start(options)).rejects.toMatchObject({ code });
  });

  it('works from a folder whose path is too long for a socket, and with spaces', async () => {
    const tor = await start({ folder: join(folder(), 'a long name for a folder'.repeat(6)) });
    await ready(tor);
  });
});

describe('a tor that was there', () => {
  it('is used with its password where it wants one', async () => {
    const hashed = execFileSync('tor', ['--quiet', '--hash-password', 'open sesame'], { encoding: 'utf8' }).trim().split('\n').at(-1);
    const tor = await start({ lines: () => [`%include ${network.memberFile}`, `HashedControlPassword ${hashed}`] });
    await ready(tor);
    const control = { path: tor.folder.control };
    const guest = await SystemTor.start(control, { password: 'open sesame' });
    tors.push(guest);
    await ready(guest);
    await expect(SystemTor.start(control, { password: 'wrong' })).rejects.toMatchObject({ code: 'wrong-password' });
  });

  const [client] = network.clients;
  const place = { host: client!.address, port: client!.controlPort };

  it('is used with its own cookie and SOCKS port, and left running', async () => {
    const tor = await SystemTor.start(place, {});
    tors.push(tor);
    await ready(tor);
    expect(tor.socks).toEqual({ host: client!.address, port: client!.socksPort });
    await tor.close();
    expect(existsSync(`/proc/${client!.pid}`)).toBe(true);
  });

  it('is connected to again when the connection breaks', async () => {
    const tor = await SystemTor.start(place, {});
    tors.push(tor);
    await ready(tor);
    const told = trouble(tor, 'control-closed');
    tor.control!.close();
    await told;
    await ready(tor);
  });
});
