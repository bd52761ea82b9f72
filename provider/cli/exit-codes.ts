/** What the command's exit codes mean; printed by `--help` and in the docs. */
export const exitCodes = {
  done: { code: 0, meaning: "done" },
  failed: { code: 1, meaning: "it failed; the message is on stderr" },
  usage: { code: 2, meaning: "wrong usage: an unknown verb or option, or a missing argument" },
  changes: { code: 3, meaning: "there were changes, with --expect-no-changes" },
  unhealthy: { code: 4, meaning: "an Exchange connector needs attention, with --expect-healthy" },
  gate: {
    code: 5,
    meaning: "the forecast is beyond what --max-blocked, --max-prompts or --deny allow, or its plan would stop halfway",
  },
  interrupted: { code: 130, meaning: "interrupted (Ctrl-C); the state is kept, run it again to go on" },
} as const;

export type Exit = keyof typeof exitCodes;
