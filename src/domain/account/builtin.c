/* builtin.c - the roles that are always there.
 *
 *     administrator   everything
 *     operator        keeps queues, topics, jobs and schedules going; sees no approvals
 *     process-owner   policies, calendars, people, and every approval; decides none by that
 *     person          what everybody may: their own things. Nobody needs to be given it
 *
 * A route that people use is allowed by a line here or by a role of somebody's own. The test
 * of every route and role (test/key/roles.txt) says what follows from a change. */
#include "domain/account/role.h"

#define ROLE(title, about, ...) \
	{ \
		.name = { title, sizeof(title) - 1 }, .note = { about, sizeof(about) - 1 }, \
		.rules = { "[" __VA_ARGS__ "]", sizeof("[" __VA_ARGS__ "]") - 1 }, .built_in = true \
	}

#define QUEUES \
	"\"ringi:*Queue:*\",\"ringi:*Queues:*\",\"ringi:*Message:*\",\"ringi:*Messages:*\"," \
	"\"ringi:*MessageMoveTask:*\",\"ringi:*MessageMoveTasks:*\",\"ringi:CallWebhook:*\""
#define JOBS \
	"\"ringi:*Job:*\",\"ringi:*Jobs:*\",\"ringi:GetGroup:*\",\"ringi:CloseGroup:*\"," \
	"\"ringi:CancelGroup:*\",\"ringi:*Recoveries:*\",\"ringi:*Recovery:*\",\"ringi:WatchEvents:*\""
#define SCHEDULES "\"ringi:*Schedule:*\",\"ringi:*Schedules:*\""
#define CALENDARS "\"ringi:*Calendar:*\",\"ringi:*Calendars:*\""
#define LOOKS \
	"\"ringi:Metrics:*\",\"ringi:GetCluster:*\",\"ringi:AsyncApi:*\",\"ringi:GetDefinitions:*\"," \
	"\"ringi:ApprovalFigures:*\""
/* What is one's own. */
#define OWN \
	"\"ringi:GetMe:*@own\",\"ringi:ChangeMe:*@own\",\"ringi:ExplainRights:*@own\"," \
	"\"ringi:GetRolesOf:*@own\",\"ringi:ListSessions:*@own\",\"ringi:EndSession:*@own\""
#define APPROVALS_OWN \
	"\"ringi:GetPolicyTemplate:*\",\"ringi:ListPolicyTemplates:*\"," \
	"\"ringi:CreateApproval:*\",\"ringi:GetApproval:*@own\",\"ringi:ListApprovals:*@own\"," \
	"\"ringi:Vote:*@own\",\"ringi:WithdrawApproval:*@own\",\"ringi:ResubmitApproval:*@own\"," \
	"\"ringi:EditApproval:*@own\",\"ringi:CommentApproval:*@own\",\"ringi:RemindApproval:*@own\"," \
	"\"ringi:AddApprover:*@own\",\"ringi:ApproveOver:*\"," \
	"\"ringi:GetInbox:*@own\",\"ringi:GetDelegation:*@own\",\"ringi:PutDelegation:*@own\"," \
	"\"ringi:DeleteDelegation:*@own\",\"ringi:ListDelegations:*@own\"," \
	"\"ringi:PutAbsence:*@own\",\"ringi:DeleteAbsence:*@own\",\"ringi:ListAbsences:*@own\"," \
	"\"ringi:GetPerson:*@own\"," \
	"\"ringi:GetNotifications:*@own\",\"ringi:ChangeNotifications:*@own\""

static const struct role roles[] = {
	ROLE("administrator", "Everything.", "\"*:*:*\""),
	ROLE("operator", "Keeps queues, topics, jobs and schedules going; sees no approvals.",
	     "\"sqs:*:*\",\"sns:*:*\"," QUEUES "," JOBS "," SCHEDULES "," CALENDARS "," LOOKS
	     ",\"ringi:Backup:*\""),
	ROLE("process-owner", "Policies, calendars and people; sees every approval, decides none.",
	     CALENDARS
	     ",\"ringi:*Policy:*\",\"ringi:*Policies:*\",\"ringi:*PolicyTemplate:*\","
	     "\"ringi:*PolicyTemplates:*\",\"ringi:GetApproval:*\","
	     "\"ringi:ListApprovals:*\",\"ringi:CancelApproval:*\",\"ringi:RemindApproval:*\","
	     "\"ringi:ApprovalFigures:*\","
	     "\"ringi:AddApprover:*\",\"ringi:RetryApproval:*\","
	     "\"ringi:*Delegation:*\",\"ringi:*Delegations:*\",\"ringi:*Person:*\",\"ringi:*People:*\","
	     "\"ringi:*Absence:*\",\"ringi:*Absences:*\",\"ringi:*PeopleGroup:*\","
	     "\"ringi:*PeopleGroups:*\","
	     "\"ringi:*Department:*\",\"ringi:*Departments:*\",\"ringi:*Post:*\",\"ringi:*Posts:*\","
	     "\"ringi:GetDefinitions:*\""),
	ROLE(ROLE_OF_EVERYBODY, "What everybody may: their own things.", OWN "," APPROVALS_OWN),
};

const struct role *role_built_in(int at)
{
	must(at >= 0);
	return at < (int)(sizeof roles / sizeof roles[0]) ? &roles[at] : NULL;
}
