package acctest

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
)

// isOpenTofu tells whether the CLI of the tests is OpenTofu, by the name that its program has.
func isOpenTofu() bool {
	return strings.TrimSuffix(filepath.Base(os.Getenv("TF_ACC_TERRAFORM_PATH")), ".exe") == "tofu"
}

// openTofuRegistry is where OpenTofu expects providers whose address names no host, and where the tests have to serve them.
var openTofuRegistry = map[string]string{
	"TF_ACC_PROVIDER_HOST": "registry.opentofu.org", "TF_ACC_PROVIDER_NAMESPACE": "hashicorp",
}

// TestOpening runs a test case whose configurations open ephemeral resources. OpenTofu lists these among the changes of a
// plan, so that no plan is empty for the test framework: NothingPlanned looks closer.
func TestOpening(t *testing.T, c resource.TestCase) {
	t.Helper()
	if isOpenTofu() {
		c.Steps = slices.Clone(c.Steps)
		for i := range c.Steps {
			step := &c.Steps[i]
			step.ExpectNonEmptyPlan = step.ExpectError == nil
			step.ConfigPlanChecks.PostApplyPostRefresh = append(slices.Clone(step.ConfigPlanChecks.PostApplyPostRefresh), NothingPlanned())
		}
	}
	resource.Test(t, c)
}

type nothingPlanned struct{}

// NothingPlanned fails for a plan that changes anything. What is ephemeral is opened by each plan.
func NothingPlanned() plancheck.PlanCheck { return nothingPlanned{} }

// CheckPlan looks at what Terraform or OpenTofu has planned.
func (nothingPlanned) CheckPlan(ctx context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	plan := *req.Plan
	plan.ResourceChanges = slices.DeleteFunc(slices.Clone(plan.ResourceChanges), func(change *tfjson.ResourceChange) bool {
		return change.Mode == "ephemeral"
	})
	plancheck.ExpectEmptyPlan().CheckPlan(ctx, plancheck.CheckPlanRequest{Plan: &plan}, resp)
}
