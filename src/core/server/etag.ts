/** The entity tag of a record's version (RFC 9110, section 8.8.3). */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/** Whether `If-None-Match` names this tag, so that the client has it already. */
export function isNotModified(header: string | null, etag: string): boolean {
  if (header === null) return false;
  return header.trim() === "*" || header.split(",").some((one) => one.trim().replace(/^W\//, "") === etag);
}

/**
 * The versions that `If-Match` allows, or undefined where any will do. Tags that are none of ours match no version.
 */
export function expectedVersions(header: string | null): readonly number[] | undefined {
  if (header === null || header.trim() === "*") return undefined;
  return header.split(",").map((one) => {
    const [, digits] = /^\s*"(\d{1,15})"\s*$/.exec(one) ?? [];
    return digits === undefined ? -1 : Number(digits);
  });
}
