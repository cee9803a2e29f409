/** The same function, of which no two calls run at once: package managers have one lock, and legs ask in parallel. */
export function oneAtATime<Argument, Result>(
  work: (argument: Argument) => Promise<Result>,
): (argument: Argument) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  return (argument) => {
    const next = last.then(
      () => work(argument),
      () => work(argument),
    )
    last = next
    return next
  }
}
