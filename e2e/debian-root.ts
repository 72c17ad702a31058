/**
 * A bare Debian for the stories of installing: a root folder of its own over the one that system.sh made once, in a mount and network
 * namespace of its own. Whatever is written to it is in memory and goes with the namespace, however the run ends.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** Made by system.sh with debootstrap. */
const base = '/var/cache/hushroom-e2e/bookworm';
const mounts = `
  mount -t tmpfs -o mode=755 tmpfs /mnt && mkdir /mnt/upper /mnt/work /mnt/root
  mount -t overlay overlay -o lowerdir=${base},upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
  mount -t proc proc /mnt/root/proc && mount -o bind /dev /mnt/root/dev && mount -t tmpfs -o mode=1777 tmpfs /mnt/root/tmp
  ip link set lo up
  echo mounted; exec cat`;

export interface Outcome {
  readonly code: number;
  readonly output: string;
}

export class DebianRoot {
  /** The words before a command that put it among the mounts, outside of the root. */
  readonly entry: readonly string[];
  /** Where the root is, for commands that `entry` put there. */
  readonly path = '/mnt/root';
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
    this.entry = ['nsenter', '--target', String(holder.pid), '--mount', '--net', '--'];
  }

  static async open(): Promise<DebianRoot> {
    const holder = spawn('unshare', ['--mount', '--net', 'sh', '-ec', mounts], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const failed = once(holder, 'exit').then(([code]) => {
      throw new Error(`no Debian root (${code}): run e2e/system.sh as root`);
    });
    failed.catch(() => undefined);
    await Promise.race([once(holder.stdout!, 'data'), failed]);
    return new DebianRoot(holder);
  }

  /** Runs a command to its end, outside of the root. */
  run(command: readonly string[], env: Readonly<Record<string, string>> = {}, input = ''): Outcome {
    const [file, ...rest] = [...this.entry, ...command];
    const ran = spawnSync(file!, rest, {
      encoding: 'utf8',
      input,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...env },
      timeout: 240_000,
    });
    return { code: ran.status ?? -1, output: `${ran.stdout}${ran.stderr}` };
  }

  /** The same, inside. */
  inside(command: readonly string[], env: Readonly<Record<string, string>> = {}, input = ''): Outcome {
    return this.run(['chroot', this.path, ...command], env, input);
  }

  async close(): Promise<void> {
    if (this.#holder.exitCode !== null) return;
    this.#holder.stdin!.end();
    this.#holder.kill('SIGKILL');
    await once(this.#holder, 'exit');
  }
}
