/** Clears what withdrawn services left in this browser, on the first page after a withdrawal. */
import { clearCookies } from "./clearCookies";
import { clearDatabases } from "./clearDatabases";
import { clearStorage } from "./clearStorage";
import { matcher } from "./matcher";

const names = JSON.parse(document.getElementById("daccord-clear")!.dataset.names!) as [string, string][];
const isNamed = (area: string) => matcher(names.filter(([of]) => of == area).map(([, name]) => name));

clearCookies(isNamed("cookie"));
clearStorage(() => localStorage, isNamed("local"));
clearStorage(() => sessionStorage, isNamed("session"));
clearDatabases(isNamed("indexed-db"), isNamed("cache"));
