import { accept, customise, details, form, refuse, root } from "./parts";

declare global {
  interface Window {
    daccord: {
      /** How the page stands: granted, refused, split or not-asked. */
      state(): string | undefined;
      open(): void;
      accept(): void;
      refuse(): void;
    };
  }
}

/** Gives the page and machines that act for a reader `window.daccord`. */
export function publish(): void {
  window.daccord = {
    state: () => root.dataset.state,
    open() {
      details.open = true;
      customise.focus();
    },
    accept: () => form.requestSubmit(accept),
    refuse: () => form.requestSubmit(refuse),
  };
}
