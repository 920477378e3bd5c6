/**
 * Runs a command with the arguments of this process: it exits with the code that the command returns, or
 * with 1 when it throws, and says why in a line.
 */
export function runCommand(command: (args: string[]) => Promise<number>): void {
  command(process.argv.slice(2))
    .then((code) => {
      process.exitCode = code;
    })
    .catch((error: unknown) => {
      console.error(`rescind: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
    });
}
