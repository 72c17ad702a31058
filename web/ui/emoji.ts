/** The few emoji one reacts with, most wanted first. Whatever else a keyboard offers can be typed. */

export const quickEmoji: readonly string[] = ['👍', '❤️', '😂', '😮', '😢', '🙏'];

export const moreEmoji: readonly string[] = [
  ...['👎', '👏', '🎉', '🔥', '💯', '✅', '❌', '👀', '🤔', '💡'],
  ...['😀', '😊', '😍', '🥰', '😎', '🤗', '🥳', '😴', '😅', '😇'],
  ...['😱', '😡', '🤯', '🙄', '😬', '🤦', '🤷', '💪', '🤝', '👋'],
  ...['☕', '🍕', '🎂', '🌱', '🌙', '⭐', '🚀', '🐛', '🔒', '🍄'],
];
