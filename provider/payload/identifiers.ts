/** Identifiers that are the same from run to run: a device knows by them that a payload takes the place of an earlier one. */
import { createHash } from "node:crypto";

/** A UUID made of names (RFC 9562, version 8), upper-case as Apple's and Microsoft's tools write them. */
export function uuidOf(...names: string[]): string {
  const bytes = createHash("sha256")
    .update(JSON.stringify(["pulumi-intune-mail", ...names]))
    .digest()
    .subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes
    .toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")
    .toUpperCase();
}

/**
 * A file name for what one user gets of one profile: readable, safe on every file system, and with eight digits that
 * keep apart names that differ only in what was taken out.
 */
export function fileNameOf(
  profile: { id: string; displayName: string },
  user: { id: string; userPrincipalName: string },
) {
  const readable = (text: string) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}.@_]+/gu, "-")
      .replace(/^[-.]+|[-.]+$/g, "")
      .slice(0, 40);
  const digits = uuidOf(profile.id, user.id).slice(0, 8).toLowerCase();
  return [readable(profile.displayName), readable(user.userPrincipalName), digits].filter(Boolean).join("-");
}
