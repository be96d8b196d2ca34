/** Makes a test for names, in which `*` stands for any run of characters. */
export function matcher(patterns: string[]): (name: string) => boolean {
  const escaped = patterns.map((each) => each.replace(/[^*\w]/g, "\\$&").replaceAll("*", ".*"));
  const whole = new RegExp(`^(?:${escaped.join("|")})$`, "s");
  return (name) => !!patterns.length && whole.test(name);
}
