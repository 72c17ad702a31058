/** The least page that a person can chat in, for the baselines: the same accessible names as the product, no framework. */
export interface BarePage {
  said(text: string): void;
  people(ids: readonly string[]): void;
}

export function barePage(say: (text: string) => void): BarePage {
  document.body.innerHTML =
    '<ul aria-label=People></ul><div role=log aria-label=Messages></div><textarea aria-label=Message disabled></textarea><button>Send</button>';
  const [people, log, message, send] = ['ul', 'div', 'textarea', 'button'].map((name) => document.querySelector(name)!) as [
    HTMLUListElement,
    HTMLDivElement,
    HTMLTextAreaElement,
    HTMLButtonElement,
  ];
  const said = (text: string) => {
    const entry = document.createElement('p');
    entry.textContent = text;
    log.append(entry);
  };
  send.onclick = () => {
    said(message.value);
    say(message.value);
    message.value = '';
  };
  return {
    said,
    people: (ids) => {
      people.replaceChildren(...ids.map((id) => Object.assign(document.createElement('li'), { textContent: `${id} direct` })));
      // What is typed while nobody is there would be lost: a fair person waits.
      message.disabled = ids.length === 0;
    },
  };
}
