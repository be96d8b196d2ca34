/** Expires cookies by name, on every path and domain that this page could have set them for. */
export function clearCookies(isNamed: (name: string) => boolean): void {
  const paths = location.pathname.split("/").map((_, at, all) => all.slice(0, at + 1).join("/") || "/");
  const labels = location.hostname.split(".");
  const domains = ["", ...labels.map((_, at) => ";domain=" + labels.slice(at).join("."))];
  for (const pair of document.cookie.split("; ")) {
    const name = pair.split("=")[0]!;
    if (!isNamed(name)) continue;
    for (const path of paths) {
      for (const domain of domains) document.cookie = `${name}=;max-age=0;path=${path}${domain}`;
    }
  }
}
