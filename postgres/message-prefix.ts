/**
 * Prefix of every logical message of ours: by it the stream knows that somebody waits for the
 * message.
 */
export const MESSAGE_PREFIX = 'tailrace';
