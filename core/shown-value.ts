/**
 * A value of the configuration as an error shows it. A password may contain a sign that ends a URL
 * in a text. So nothing between the user and the last @ is shown, even if the text is only nearly a
 * URL. Values of secret keys are not shown at all.
 */
export function shownValue(key: string, value: string): string {
  return /pass|secret|token|salt|webhook|smtp/i.test(key) ? '***' : value.replace(/^(.*?:\/\/)?([^:@]*):.*@/s, '$1$2:***@');
}
