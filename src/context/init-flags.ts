import { Flags } from '../oclif.js';
import { EXISTING } from '../operations/init/host-questions.js';
import { PROVIDERS, providerModule } from '../providers/index.js';

const text = (description: string, helpValue?: string) => Flags.string({ description, helpValue });
type TextFlag = ReturnType<typeof text>;

/**
 * The flags of `init` that the providers bring: their names, and what they ask. Two that ask for the same share a flag.
 */
export async function providerFlags(
  table = PROVIDERS,
): Promise<{ provider: TextFlag; answers: Record<string, TextFlag> }> {
  const names = Object.keys(table);
  const modules = await Promise.all(names.map((name) => providerModule(name, table)));
  const questions = Map.groupBy(
    modules.flatMap((module) => module?.questions ?? []),
    ({ key }) => key,
  );
  const answers = [...questions].map(([key, alike]) => {
    const description = alike.map((each) => each.description).join('; ');
    return [key, text(description, alike[0]?.helpValue)] as const;
  });
  return {
    provider: text(
      `what makes the host: ${names.join(', ')}; ${EXISTING} for a machine with an address; default: ${names[0]}`,
      'NAME',
    ),
    answers: Object.fromEntries(answers),
  };
}
