/**
 * Two people behind NATs, in namespaces, with real packet filters:
 *
 *   person a - NAT a - public network - NAT b - person b
 *                      relay, STUN and TURN at 203.0.113.10
 *
 * The public network has no route to the people's own networks (10.1.x, 10.2.x), so host candidates never work.
 */
import { type Browser, chromium } from '@playwright/test';
import { chromiumOptions } from './launch.ts';
import { cable, Namespace } from './namespace.ts';
import { freePort, Program } from './process.ts';

/** `restricted` is a home router (port-restricted cone); `symmetric` changes the port for every destination. */
export type NatKind = 'restricted' | 'symmetric' | 'udp-blocked';

export const publicAddress = '203.0.113.10';

export class NatLab {
  readonly publicNetwork: Namespace;
  readonly #namespaces: Namespace[];
  readonly #people: readonly [Namespace, Namespace];
  #turn: Program | undefined;

  private constructor(namespaces: Namespace[], publicNetwork: Namespace, people: readonly [Namespace, Namespace]) {
    this.#namespaces = namespaces;
    this.publicNetwork = publicNetwork;
    this.#people = people;
  }

  static async build(kinds: readonly [NatKind, NatKind]): Promise<NatLab> {
    const [publicNetwork, natA, natB, a, b] = await Promise.all(Array.from({ length: 5 }, () => Namespace.open()));
    const lab = new NatLab([a!, b!, natA!, natB!, publicNetwork!], publicNetwork!, [a!, b!]);
    publicNetwork!.run('ip', 'addr', 'add', `${publicAddress}/32`, 'dev', 'lo');
    publicNetwork!.routes();
    connect(publicNetwork!, natA!, a!, kinds[0], 1);
    connect(publicNetwork!, natB!, b!, kinds[1], 2);
    return lab;
  }

  /** Chromium of person 0 or 1. */
  async browser(person: 0 | 1, relayUrl: string): Promise<Browser> {
    const args = [`--unsafely-treat-insecure-origin-as-secure=${relayUrl}`];
    return await chromium.launch(chromiumOptions({ namespace: this.#people[person], args }));
  }

  /** A real coturn in the public network; the relay hands out its credentials from the same secret. Returns its port. */
  async turn(secret: string): Promise<number> {
    const port = await freePort();
    const address = `--listening-ip=${publicAddress}`;
    this.#turn = new Program(
      'turnserver',
      // biome-ignore format: one line of options reads better
      ['-n', address, `--listening-port=${port}`, `--relay-ip=${publicAddress}`, '--min-port=21000', '--max-port=21199', '--use-auth-secret',
        `--static-auth-secret=${secret}`, '--realm=hushroom', '--no-tls', '--no-dtls', '--no-cli', '--fingerprint', '--verbose', '--log-file=stdout', '--simple-log', '--pidfile=/dev/null'],
      { entry: this.publicNetwork.entry },
    );
    await this.#turn.says(/DB connection success/);
    return port;
  }

  get turnLog(): string {
    return this.#turn?.output ?? '';
  }

  async close(): Promise<void> {
    await this.#turn?.end('SIGTERM');
    for (const namespace of this.#namespaces) await namespace.close();
  }
}

function connect(world: Namespace, nat: Namespace, person: Namespace, kind: NatKind, number: number): void {
  const inner = { nat: `10.${number}.0.1`, person: `10.${number}.0.2` };
  const outer = { nat: `198.51.100.${number * 4 + 1}`, world: `198.51.100.${number * 4 + 2}` };
  cable({ namespace: nat, device: 'lan', address: inner.nat }, { namespace: person, device: 'eth0', address: inner.person });
  cable({ namespace: nat, device: 'wan', address: outer.nat }, { namespace: world, device: `nat${number}`, address: outer.world });
  person.run('ip', 'route', 'add', 'default', 'via', inner.nat);
  nat.run('ip', 'route', 'add', 'default', 'via', outer.world);
  nat.routes();
  nat.filter(natRules(kind));
}

function natRules(kind: NatKind): string {
  // Without the drop on input a peer's early packet to the NAT itself would take the port that the answer needs.
  return `
    table ip nat {
      chain outgoing {
        type nat hook postrouting priority 100;
        oifname "wan" masquerade ${kind === 'symmetric' ? 'fully-random' : ''};
      }
    }
    table ip firewall {
      chain itself {
        type filter hook input priority 0;
        iifname "wan" ct state established,related accept;
        iifname "wan" meta l4proto { tcp, udp } drop;
      }
      chain through {
        type filter hook forward priority 0; policy drop;
        ct state established,related accept;
        iifname "lan" ${kind === 'udp-blocked' ? 'meta l4proto { tcp, icmp }' : ''} accept;
      }
    }`;
}
