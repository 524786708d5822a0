/** The wish of the person, or of the system, that the command ends. */
export class Interrupt {
  readonly #controller = new AbortController();

  /** Aborted at the first wish. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get requested(): boolean {
    return this.#controller.signal.aborted;
  }

  request(): void {
    this.#controller.abort();
  }

  /** Resolves at the first wish, or after `ms`. */
  wait(ms?: number): Promise<'interrupted' | 'timeout'> {
    return new Promise((resolve) => {
      if (this.requested) {
        resolve('interrupted');
        return;
      }
      const onTime = (): void => {
        this.signal.removeEventListener('abort', onAbort);
        resolve('timeout');
      };
      // Without a time to wait for, what keeps the process alive is whatever it serves.
      const timer = ms === undefined ? undefined : setTimeout(onTime, ms);
      const onAbort = (): void => {
        clearTimeout(timer);
        resolve('interrupted');
      };
      this.signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}

/**
 * An interrupt bound to SIGINT, SIGTERM and SIGHUP of this process. The first asks for a clean
 * end; a second one ends the process at once.
 */
export function interruptBySignals(endAtOnce: () => void): Interrupt {
  const interrupt = new Interrupt();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (interrupt.requested) endAtOnce();
      interrupt.request();
    });
  }
  return interrupt;
}
