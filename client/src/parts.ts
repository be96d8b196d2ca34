/** The parts of the notice, which stand in the page before the script does. */
const part = <T extends HTMLElement>(name: string) => document.getElementById("daccord" + name) as T;

export const root = part("");
export const form = part<HTMLFormElement>("-form");
export const customise = part("-customise");
export const details = customise.parentElement as HTMLDetailsElement;
export const accept = part<HTMLButtonElement>("-accept");
export const refuse = part<HTMLButtonElement>("-refuse");
