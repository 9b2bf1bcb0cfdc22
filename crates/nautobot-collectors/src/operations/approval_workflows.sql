-- Nautobot 3.0 and later: whatever waits for the approval of its workflow (ApprovalWorkflowStateChoices).
SELECT count(*) AS pending FROM extras_approvalworkflow WHERE current_state = 'Pending'
