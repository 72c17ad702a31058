/**
 * A message's Markdown as a tree of our own, which components turn into elements: emphasis, code, lists, quotes, links. Never HTML:
 * tags, headings, pictures, tables, rules and definitions are not in the subset and stay the characters that were typed.
 *
 * Invariants: whatever was typed is readable, and no message can keep the page busy. Above any limit, and whenever the parser gives
 * up, the whole message is shown as it was typed. Links go to http and https only, and a link whose words hide its address says where it goes.
 */
import { Lexer, type Token, Tokenizer, type Tokens } from 'marked';
import { linkAtStart, linkParts } from './links.ts';

export type Inline =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'break' }
  | { readonly type: 'code'; readonly text: string }
  | { readonly type: 'strong' | 'em' | 'del'; readonly inner: readonly Inline[] }
  /** `host` where the words do not show the address. */
  | { readonly type: 'link'; readonly href: string; readonly host?: string; readonly inner: readonly Inline[] };

export type Block =
  | { readonly type: 'paragraph'; readonly inner: readonly Inline[] }
  | { readonly type: 'code'; readonly text: string; readonly language: string }
  | { readonly type: 'quote'; readonly blocks: readonly Block[] }
  | { readonly type: 'list'; readonly start: number | undefined; readonly items: readonly (readonly Block[])[] };

/** Deep enough for a quote in a list in a quote; a reader sees nothing of more. */
const deepest = 8;
const mostTokens = 4000;
/** More markers than that in one line before its words is a bomb, not a quote. */
const towers = /^(?:[ \t]*(?:>|[-+*]|\d{1,9}[.)])){12}/mu;

class TooMuch extends Error {}

/** Everything outside the subset is turned off here, so that the lexer leaves it as text. */
class Subset extends Tokenizer {
  override heading() {
    return undefined;
  }
  override lheading() {
    return undefined;
  }
  override hr() {
    return undefined;
  }
  override html() {
    return undefined;
  }
  override tag() {
    return undefined;
  }
  override def() {
    return undefined;
  }
  override reflink() {
    return undefined;
  }
  override table() {
    return undefined;
  }
  override autolink() {
    return undefined;
  }
  /** Indented text is indented text: people paste it. */
  override code() {
    return undefined;
  }
  override link(src: string) {
    return src.startsWith('!') ? undefined : super.link(src);
  }
  /** Written-out addresses by the same rule as in plain messages, before emphasis can cut them apart. */
  override url(src: string): Tokens.Link | undefined {
    const found = linkAtStart(src);
    if (found === undefined) return undefined;
    return { type: 'link', raw: found, href: found, text: found, tokens: [{ type: 'text', raw: found, text: found, escaped: false }] };
  }
}

/** The tree of `text`, or undefined where it is to be shown as typed. */
export function parse(text: string): readonly Block[] | undefined {
  if (towers.test(text)) return undefined;
  let left = mostTokens;

  const spend = (depth: number): void => {
    if (--left < 0 || depth > deepest) throw new TooMuch();
  };

  const inlines = (tokens: readonly Token[], depth: number): Inline[] => tokens.flatMap((token) => inline(token, depth));

  const inline = (token: Token, depth: number): readonly Inline[] => {
    spend(depth);
    switch (token.type) {
      case 'strong':
      case 'em':
      case 'del':
        return [{ type: token.type, inner: inlines(token.tokens ?? [], depth + 1) }];
      case 'codespan':
        return [{ type: 'code', text: (token as Tokens.Codespan).text }];
      case 'br':
        return [{ type: 'break' }];
      case 'escape':
        return [{ type: 'text', text: (token as Tokens.Escape).text }];
      case 'link':
        return [link(token as Tokens.Link, depth)];
      case 'text':
        return (token as Tokens.Text).tokens === undefined ? [{ type: 'text', text: token.raw }] : inlines(token.tokens ?? [], depth + 1);
      default:
        return [{ type: 'text', text: token.raw }];
    }
  };

  const link = (token: Tokens.Link, depth: number): Inline => {
    const [whole, ...rest] = linkParts(token.href);
    if (whole?.href === undefined || rest.length > 0) return { type: 'text', text: token.raw };
    const inner = inlines(token.tokens, depth + 1);
    return token.text === whole.href
      ? { type: 'link', href: whole.href, inner }
      : { type: 'link', href: whole.href, host: new URL(whole.href).host, inner };
  };

  const blocks = (tokens: readonly Token[], depth: number): Block[] => tokens.flatMap((token) => block(token, depth));

  const block = (token: Token, depth: number): readonly Block[] => {
    spend(depth);
    switch (token.type) {
      case 'space':
        return [];
      case 'code':
        return [
          {
            type: 'code',
            text: (token as Tokens.Code).text,
            language: /^[\w+#-]{1,20}/.exec((token as Tokens.Code).lang ?? '')?.[0] ?? '',
          },
        ];
      case 'blockquote':
        return [{ type: 'quote', blocks: blocks(token.tokens ?? [], depth + 1) }];
      case 'list': {
        const { ordered, start, items } = token as Tokens.List;
        return [{ type: 'list', start: ordered ? Number(start) : undefined, items: items.map((item) => blocks(item.tokens, depth + 1)) }];
      }
      default:
        return [
          {
            type: 'paragraph',
            inner: 'tokens' in token && token.tokens ? inlines(token.tokens, depth + 1) : [{ type: 'text', text: token.raw }],
          },
        ];
    }
  };

  try {
    const tree = blocks(new Lexer({ gfm: true, breaks: true, tokenizer: new Subset() }).lex(text), 0);
    return tree.length > 0 ? tree : undefined;
  } catch (error) {
    if (error instanceof TooMuch || error instanceof RangeError) return undefined; // the stack's end is a RangeError, in Firefox an InternalError
    if (error instanceof Error && error.name === 'InternalError') return undefined;
    throw error;
  }
}
