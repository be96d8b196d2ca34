/** Removes named keys; a browser that forbids storage has none, and says so by throwing. */
export function clearStorage(area: () => Storage, isNamed: (name: string) => boolean): void {
  try {
    const storage = area();
    for (const key of Object.keys(storage)) if (isNamed(key)) storage.removeItem(key);
  } catch {}
}
