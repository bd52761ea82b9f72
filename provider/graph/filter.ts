import type { Json } from "./client";

/** Objects of this display name. A service may ignore the filter, so it is applied again to what it gives. */
export async function named(displayName: string, list: (query: string) => Promise<Json[]>): Promise<Json[]> {
  const filter = encodeURIComponent(`displayName eq '${displayName.replaceAll("'", "''")}'`);
  return (await list(`$filter=${filter}`)).filter((found) => found.displayName === displayName);
}
