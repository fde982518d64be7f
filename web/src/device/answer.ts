// Who has answered. On the way to the server stand others that answer in its place: the gateway of a program that is being started, the door of a foreign
// network. What they say is about no form, whatever its number: nothing counts as heard that the server has not said in its own words.
export type Told = { done?: boolean; href?: string; locked?: boolean; error?: { code: string; message: string } }

/** What the server said; nothing where it was somebody else. */
export async function ours(answer: Response): Promise<Told | null> {
  if (!/json/.test(answer.headers.get('content-type') || '')) return null
  const told = (await answer.json()) as Told | null
  const said = told && (told.done || told.locked || (told.error && told.error.code))
  return said ? told : null
}
