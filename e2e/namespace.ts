/**
 * Network namespaces for the stories: a person's own connection, a NAT, the public network.
 *
 * A namespace here has no name. It belongs to a holder process (`cat`) whose input is a pipe from this process, so the
 * kernel removes it, its interfaces and its rules when this process ends, however it ends. Named namespaces
 * (`ip netns add`) were rejected: a killed run would leave them behind.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';

export class Namespace {
  readonly pid: number;
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
    this.pid = holder.pid!;
  }

  static async open(): Promise<Namespace> {
    const holder = spawn('unshare', ['--net', 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const failed = once(holder, 'exit').then(() => {
      throw new Error('cannot open a network namespace: run the stories by e2e/enclosed.sh');
    });
    // What `cat` gives back proves that it runs, and it runs only inside.
    const inside = once(holder.stdout!, 'data');
    holder.stdin!.on('error', () => undefined);
    holder.stdin!.write('\n');
    await Promise.race([inside, failed]);
    failed.catch(() => undefined);
    const namespace = new Namespace(holder);
    namespace.run('ip', 'link', 'set', 'lo', 'up');
    return namespace;
  }

  /** The words before a command that put it into this namespace. */
  get entry(): readonly string[] {
    return ['nsenter', '--target', String(this.pid), '--net', '--'];
  }

  /** Runs a short command inside and returns what it printed. */
  run(...command: string[]): string {
    const [file, ...rest] = [...this.entry, ...command];
    return execFileSync(file!, rest, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** Replaces the packet filter of this namespace; the text is nftables syntax, empty for no filter. */
  filter(rules: string): void {
    const [file, ...rest] = [...this.entry, 'nft', '-f', '-'];
    execFileSync(file!, rest, { input: `flush ruleset\n${rules}\n`, stdio: ['pipe', 'pipe', 'pipe'] });
  }

  routes(): void {
    this.run('sysctl', '-q', '-w', 'net.ipv4.ip_forward=1');
  }

  /** Ids of every process inside, without the holder. */
  processes(): number[] {
    const mine = networkOf(this.pid);
    return readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry))
      .map(Number)
      .filter((pid) => pid !== this.pid && networkOf(pid) === mine);
  }

  signal(signal: NodeJS.Signals): void {
    for (const pid of this.processes()) {
      try {
        process.kill(pid, signal);
      } catch {
        // It ended by itself between the listing and the signal.
      }
    }
  }

  async close(): Promise<void> {
    if (this.#holder.exitCode !== null || this.#holder.signalCode !== null) return;
    this.signal('SIGKILL');
    this.#holder.stdin!.end();
    await once(this.#holder, 'exit');
  }
}

/** Joins two namespaces (`null` is the suite's own) by a cable. */
export function cable(a: End, b: End): void {
  const command = ['link', 'add', a.device, 'type', 'veth', 'peer', 'name', b.device];
  const into = (end: End) => (end.namespace === null ? [] : ['netns', String(end.namespace.pid)]);
  // `ip link add A netns N1 type veth peer name B netns N2`
  command.splice(3, 0, ...into(a));
  execFileSync('ip', [...command, ...into(b)], { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const end of [a, b]) {
    inside(end.namespace, 'ip', 'addr', 'add', `${end.address}/30`, 'dev', end.device);
    inside(end.namespace, 'ip', 'link', 'set', end.device, 'up');
  }
}

export interface End {
  readonly namespace: Namespace | null;
  readonly device: string;
  readonly address: string;
}

function inside(namespace: Namespace | null, file: string, ...rest: string[]): void {
  if (namespace === null) execFileSync(file, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  else namespace.run(file, ...rest);
}

function networkOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}
