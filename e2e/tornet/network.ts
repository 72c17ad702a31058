/**
 * A private Tor network on loopback: one authority, relays, exits, clients, and an obfs4 bridge where one is wanted. Real tors, real circuits, no
 * distance. Each node has an address of its own, in a country of its own, in a block of the run's own (addresses.ts).
 *
 * What takes time on such a network is the first consensus. Nothing here waits by the clock: the authority's vote is called the moment
 * it holds everyone's descriptor, the relays are told to look again when there is a consensus, and clients start when the
 * relays can serve them. All that was started ends with `stop`, and with this process however that ends.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Program } from '../process.ts';
import { Block, portOf } from './addresses.ts';
import { Asking } from './ask.ts';
import { memberLines, type NodePlan, nodeLines, type Role, voteNow } from './torrc.ts';

export interface NetworkSize {
  readonly relays?: number;
  readonly exits?: number;
  readonly clients?: number;
  readonly bridges?: number;
}

/** Where a client's doors are; plain data, so that it can be handed to another process. */
export interface ClientDoors {
  readonly name: string;
  readonly address: string;
  readonly socksPort: number;
  readonly controlPort: number;
  readonly cookieFile: string;
  readonly pid: number;
}

/** All that a program needs to use the network. */
export interface NetworkView {
  readonly folder: string;
  readonly readyMs: number;
  /** A file of lines that make any other tor a member of this network. */
  readonly memberFile: string;
  /** The same without a way to the authority: only a bridge leads into the network from there. */
  readonly censoredFile: string;
  readonly clients: readonly ClientDoors[];
  readonly exits: readonly { readonly name: string; readonly address: string; readonly country: string }[];
  /** As a person would paste them. */
  readonly bridgeLines: readonly string[];
  /** The bridges' own doors, behind their transports: `ADDRESS:PORT FINGERPRINT`. */
  readonly bridgeDoors: readonly string[];
}

const countries = ['de', 'nl', 'se', 'us', 'ch', 'is', 'fr', 'fi'];
const startMs = 60_000;
const run = promisify(execFile);

export class TorNetwork {
  readonly folder: string;
  readonly #block: Block;
  readonly #nodes: NodePlan[] = [];
  readonly #programs = new Map<string, Program>();
  #memberLines: string[] = [];
  #readyMs = 0;

  private constructor(block: Block) {
    this.#block = block;
    this.folder = mkdtempSync(join(tmpdir(), 'hushroom-tornet-'));
  }

  static async start(size: NetworkSize = {}): Promise<TorNetwork> {
    const network = new TorNetwork(await Block.claim());
    try {
      await network.#start(size);
      return network;
    } catch (error) {
      const logs = [...network.#programs].map(([name, program]) => `--- ${name}\n${program.lines.slice(-12).join('\n')}`);
      await network.stop();
      throw new Error(`the private Tor network did not come up:\n${logs.join('\n')}`, { cause: error });
    }
  }

  get view(): NetworkView {
    const of = (role: Role): NodePlan[] => this.#nodes.filter((node) => node.role === role);
    return {
      folder: this.folder,
      readyMs: this.#readyMs,
      memberFile: this.#file('member.torrc'),
      censoredFile: this.#file('censored.torrc'),
      clients: of('client').map((node) => this.#doors(node)),
      exits: of('exit').map(({ name, address, country }) => ({ name, address, country })),
      bridgeLines: of('bridge').map(bridgeLine),
      bridgeDoors: of('bridge').map((node) => `${node.address}:${node.firstPort + portOf.or} ${fingerprintOf(node)}`),
    };
  }

  get clients(): readonly ClientDoors[] {
    return this.view.clients;
  }

  /** One more client, with lines of its own in its configuration. */
  async addClient(extra: readonly string[] = []): Promise<ClientDoors> {
    const node = this.#plan('client');
    await this.#launch(node, extra);
    await this.#says(node, /Bootstrapped 100%/);
    return this.#doors(node);
  }

  /** The process of a node, to be stopped and continued. */
  pid(name: string): number {
    return this.#program(name).pid;
  }

  log(name: string): readonly string[] {
    return this.#program(name).lines;
  }

  async kill(name: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.#program(name).end(signal);
  }

  /** Starts a killed node again, with its keys, guards and documents; resolves at 100 %. */
  async revive(name: string): Promise<void> {
    const node = this.#nodes.find((one) => one.name === name)!;
    this.#run(node);
    await this.#says(node, /Bootstrapped 100%/);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#programs.values()].map((program) => program.end()));
    await this.#block.release();
    rmSync(this.folder, { recursive: true, force: true });
  }

  // ---------------------------------------------------------------- coming up

  async #start({ relays = 2, exits = 2, clients = 1, bridges = 0 }: NetworkSize): Promise<void> {
    const from = performance.now();
    const authority = this.#plan('authority');
    const plan = (role: Role, count: number) => Array.from({ length: count }, () => this.#plan(role));
    const others = [...plan('relay', relays), ...plan('exit', exits)];
    const further = [...plan('bridge', bridges), ...plan('client', clients)];
    await this.#found(authority);
    await this.#launch(authority);
    await this.#says(authority, /Bootstrapped 0%/);
    await Promise.all(others.map((node) => this.#launch(node)));
    await this.#agree(authority, 1 + others.length);
    // They have asked for a consensus before there was one: a SIGHUP lets them ask again at once.
    for (const node of others) process.kill(this.pid(node.name), 'SIGHUP');
    await Promise.all(others.map((node) => this.#says(node, /Bootstrapped (7[5-9]|[89]\d|100)%/)));
    await Promise.all(further.map((node) => this.#launch(node)));
    await Promise.all(further.map((node) => this.#says(node, /Bootstrapped 100%/)));
    this.#readyMs = Math.round(performance.now() - from);
  }

  #plan(role: Role): NodePlan {
    const index = this.#nodes.length;
    const name = `${role}${this.#nodes.filter((node) => node.role === role).length}`;
    const folder = this.#file(name);
    mkdirSync(folder, { mode: 0o700 });
    const node = {
      name,
      role,
      folder,
      address: this.#block.address(index),
      firstPort: this.#block.firstPort,
      country: countries[index % countries.length]!,
    };
    this.#nodes.push(node);
    return node;
  }

  /** The authority's keys, and with them the lines by which all others know it. */
  async #found(authority: NodePlan): Promise<void> {
    this.#write('nothing.torrc', []);
    const keys = join(authority.folder, 'keys');
    mkdirSync(keys, { mode: 0o700 });
    const dir = `${authority.address}:${authority.firstPort + portOf.dir}`;
    const key = (name: string): string => join(keys, `authority_${name}`);
    const certificate = ['-i', key('identity_key'), '-s', key('signing_key'), '-c', key('certificate'), '-a', dir, '-m', '2'];
    const making = run('tor-gencert', ['--create-identity-key', '--passphrase-fd', '0', ...certificate]);
    making.child.stdin?.end('private network\n');
    const or = authority.firstPort + portOf.or;
    const base = [...this.#configuredBy('nothing.torrc'), '--DataDirectory', authority.folder, '--ORPort', String(or)];
    const listing = run('tor', [...base, '--Nickname', authority.name, '--list-fingerprint', '--quiet']);
    const [{ stdout }] = await Promise.all([listing, making]);
    const fingerprint = stdout.trim().split('\n').at(-1)!.split(' ').slice(1).join('');
    const v3ident = /^fingerprint (\w+)/m.exec(readFileSync(key('certificate'), 'utf8'))![1]!;
    const line = (dirPlace: string, orPort: number): string =>
      `DirAuthority ${authority.name} orport=${orPort} no-v2 v3ident=${v3ident} ${dirPlace} ${fingerprint}`;
    this.#memberLines = memberLines(line(dir, or), this.#file('geoip'));
    this.#write('member.torrc', this.#memberLines);
    // Nobody listens at the address that ends in 2.
    const nowhere = `${authority.address.replace(/\d+$/, '2')}:${authority.firstPort + portOf.dir}`;
    this.#write('censored.torrc', memberLines(line(nowhere, or), this.#file('geoip')));
    this.#write('geoip', this.#nodes.map(geoipLine));
  }

  /** Waits until the authority knows everybody, calls its vote, and waits for the consensus. */
  async #agree(authority: NodePlan, known: number): Promise<void> {
    const asking = await Asking.at(this.#doors(authority));
    const count = async (question: string, mark: string): Promise<number> =>
      (await asking.ask(question)).filter((line) => line.startsWith(mark)).length;
    await asking.until('NEWDESC', async () => (await count('GETINFO desc/all-recent', 'router ')) >= known);
    await asking.ask(voteNow());
    await asking.until('NEWCONSENSUS', async () => (await count('GETINFO ns/all', 'r ')) >= known);
    asking.end();
  }

  // ---------------------------------------------------------------- nodes

  async #launch(node: NodePlan, extra: readonly string[] = []): Promise<void> {
    this.#write(`${node.name}.torrc`, [...this.#memberLines, ...nodeLines(node, extra)]);
    this.#run(node);
  }

  #run(node: NodePlan): void {
    this.#programs.set(node.name, new Program('tor', this.#configuredBy(`${node.name}.torrc`)));
  }

  /** This file alone: Debian has defaults of its own for a tor that is told nothing. */
  #configuredBy(file: string): string[] {
    return ['--defaults-torrc', this.#file('nothing.torrc'), '-f', this.#file(file)];
  }

  async #says(node: NodePlan, pattern: RegExp): Promise<void> {
    await this.#program(node.name).says(pattern, startMs);
  }

  #program(name: string): Program {
    const program = this.#programs.get(name);
    if (program === undefined) throw new TypeError(`no node ${name} runs in this network`);
    return program;
  }

  #doors(node: NodePlan): ClientDoors {
    return {
      name: node.name,
      address: node.address,
      socksPort: node.firstPort + portOf.socks,
      controlPort: node.firstPort + portOf.control,
      cookieFile: join(node.folder, 'control_auth_cookie'),
      pid: this.pid(node.name),
    };
  }

  #file(name: string): string {
    return join(this.folder, name);
  }

  #write(name: string, lines: readonly string[]): void {
    writeFileSync(this.#file(name), `${lines.join('\n')}\n`, { mode: 0o600 });
  }
}

/** LOW,HIGH,COUNTRY with the addresses as whole numbers. */
function geoipLine({ address, country }: NodePlan): string {
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return `${number},${number},${country.toUpperCase()}`;
}

/** The line that obfs4proxy wrote for its bridge, with the blanks filled in. */
function bridgeLine(node: NodePlan): string {
  const written = readFileSync(join(node.folder, 'pt_state', 'obfs4_bridgeline.txt'), 'utf8');
  const cert = /cert=\S+ iat-mode=\d/.exec(written)![0];
  return `obfs4 ${node.address}:${node.firstPort + portOf.transport} ${fingerprintOf(node)} ${cert}`;
}

function fingerprintOf({ folder }: NodePlan): string {
  return readFileSync(join(folder, 'fingerprint'), 'utf8').trim().split(' ')[1]!;
}
