/** Durations as people write them in seeds and commands: `90m`, `4h`, `7d`. */
const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export const durationPattern = /^(\d+)([smhd])$/;

/** Milliseconds of a duration; undefined for a text that is none. */
export function durationMs(text: string): number | undefined {
  const match = durationPattern.exec(text);
  return match ? Number(match[1]) * unitMs[match[2] as keyof typeof unitMs] : undefined;
}
