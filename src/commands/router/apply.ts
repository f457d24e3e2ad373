import { PlanCommand, type PlanOutcome } from '../../plan-command.js';
import { renderRouterApply } from '../../ui/render/router.js';

export default class RouterApply extends PlanCommand {
  static override summary = 'Bring the router to what the fleet file says; weights and placements stay';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --dry-run --exit-code',
  ];

  async run(): Promise<PlanOutcome<'router apply'>> {
    const { flags } = await this.parse(RouterApply);
    return this.carryOut('router apply', {}, flags, renderRouterApply);
  }
}
