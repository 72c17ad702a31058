/**
 * What the bench runs inside a page before the page's own scripts: it finds controls by their accessible names, acts on
 * them as soon as they appear, and notes when a text appears in the log. All contenders are driven by these same words.
 * `installProbe` is sent as source text, so it may use nothing from outside itself.
 */

/** What the page does by itself, so that no time passes on the way from the controlling process. */
export interface Plan {
  readonly name: string;
  /** Said as soon as there is somewhere to type. */
  readonly says?: string;
  /** Join the room that the link leads to. Off for the page that creates a room. */
  readonly joins: boolean;
}

export interface Probe {
  /** Milliseconds since 1970, finer than `Date.now`. */
  now(): number;
  /** When the first text with this token was in the log; resolves when it is. */
  sees(token: string): Promise<number>;
  /** Types into "Message" and presses "Send"; gives the time before. */
  says(text: string): Promise<number>;
  /** Tokens in the order of the log. */
  tokens(): string[];
  /** Resolves when at least `count` people are shown with one of `words` in their entry; gives the time. */
  people(count: number, words: readonly string[]): Promise<number>;
  /** The whole text of the log entry that holds `token`. */
  entry(token: string): string;
  create(relayOnly: boolean): Promise<string>;
  /** Resolves when the composer is there. */
  readonly composer: Promise<number>;
}

function installProbe(plan: Plan): void {
  const now = () => performance.timeOrigin + performance.now();
  const seen = new Map<string, number>();
  const watchers = new Set<() => void>();

  const nameOf = (element: Element) => {
    const labelled = element.getAttribute('aria-labelledby');
    if (labelled)
      return labelled
        .split(' ')
        .map((id) => document.getElementById(id)?.textContent.trim() ?? '')
        .join(' ');
    const labels = (element as HTMLInputElement).labels;
    return element.getAttribute('aria-label') ?? (labels?.length ? labels[0]!.textContent.trim() : element.textContent.trim());
  };
  const find = (selector: string, name: string | RegExp) =>
    [...document.querySelectorAll<HTMLElement>(selector)].find((element) => {
      const own = nameOf(element);
      return (typeof name === 'string' ? own === name : name.test(own)) && !(element as HTMLButtonElement).disabled;
    });
  const button = (name: string) => find('button, [role=button]', name);
  const field = (name: string) => find('input, textarea', name) as HTMLInputElement | HTMLTextAreaElement | undefined;
  const log = () => document.querySelector('[role=log]');

  /** Resolves with what `look` gives as soon as that is something. */
  const appears = <T>(look: () => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const watch = () => {
        const found = look();
        if (found === undefined) return;
        watchers.delete(watch);
        resolve(found);
      };
      watchers.add(watch);
      watch();
    });

  const note = (text: string) => {
    for (const [token] of text.matchAll(/bench-\d+-end/g)) if (!seen.has(token)) seen.set(token, now());
  };
  new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) {
      const inLog = (target instanceof Element ? target : target.parentElement)?.closest('[role=log]');
      for (const node of addedNodes) {
        if (inLog) note(node.textContent ?? '');
        else if (node instanceof Element)
          note(node.matches('[role=log]') ? node.textContent : (node.querySelector('[role=log]')?.textContent ?? ''));
      }
      if (inLog && target instanceof Text) note(target.data);
    }
    for (const watch of [...watchers]) watch();
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });

  const fill = (control: HTMLInputElement | HTMLTextAreaElement, text: string) => {
    control.value = text;
    control.dispatchEvent(new InputEvent('input', { bubbles: true }));
  };
  const says = async (text: string) => {
    fill(await appears(() => field('Message')), text);
    const send = await appears(() => button('Send'));
    const before = now();
    send.click();
    return before;
  };
  const composer = appears(() => field('Message')).then(now);

  const start = async () => {
    if (plan.joins) {
      const shown = await appears(() => button('Join room') ?? field('Your name') ?? field('Message'));
      if (nameOf(shown) !== 'Message') {
        fill(await appears(() => field('Your name')), plan.name);
        (await appears(() => button('Join room'))).click();
      }
    }
    if (plan.says) await says(plan.says);
  };
  void start();

  const probe: Probe = {
    now,
    says,
    composer,
    sees: (token) => appears(() => seen.get(token)),
    tokens: () => [...(log()?.textContent ?? '').matchAll(/bench-\d+-end/g)].map(([token]) => token),
    people: (count, words) =>
      appears(() => {
        const list = find('ul, ol, [role=list]', 'People');
        const items = [...(list?.querySelectorAll('li, [role=listitem]') ?? [])];
        const fitting = items.filter((item) => words.some((word) => `${item.textContent} ${nameOf(item)}`.toLowerCase().includes(word)));
        return fitting.length >= count ? now() : undefined;
      }),
    entry: (token) => {
      const entries = [...(log()?.querySelectorAll('li, article, [role=article], [role=listitem]') ?? log()?.children ?? [])];
      return entries.find((entry) => entry.textContent.includes(token))?.textContent ?? '';
    },
    create: async (relayOnly) => {
      fill(await appears(() => field('Your name')), plan.name);
      if (relayOnly) (await appears(() => find('input', /relay only|only through the relay/i))).click();
      (await appears(() => button('Create room'))).click();
      return (await appears(() => (field('Invite link')?.value ? field('Invite link') : undefined)))!.value;
    },
  };
  Object.assign(globalThis, { probe });
}

/** The script to run in a page at its start. */
export function probeScript(plan: Plan): string {
  return `(${installProbe})(${JSON.stringify(plan)});`;
}
