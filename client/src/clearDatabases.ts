/** Deletes named IndexedDB databases and caches. */
export async function clearDatabases(
  isDatabase: (name: string) => boolean,
  isCache: (name: string) => boolean,
): Promise<void> {
  try {
    for (const { name } of await indexedDB.databases()) {
      if (name && isDatabase(name)) indexedDB.deleteDatabase(name);
    }
    for (const name of await caches.keys()) if (isCache(name)) await caches.delete(name);
  } catch {}
}
