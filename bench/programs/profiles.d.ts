export function profiles(count: number): {
  platform: string;
  displayName: string;
  easServices: string[];
  [setting: string]: unknown;
}[];
