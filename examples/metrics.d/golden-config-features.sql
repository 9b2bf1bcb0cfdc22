-- A row without `compliant` is the sum; NULL gives no sample.
SELECT f.name AS device,
       f.name AS feature,
       c.compliance AS compliant,
       CASE WHEN grouping(c.compliance) = 1 THEN count(*) END AS devices,
       CASE WHEN grouping(c.compliance) = 0 THEN count(*) END AS of_compliance
FROM nautobot_golden_config_configcompliance AS c
JOIN nautobot_golden_config_compliancerule AS r ON r.id = c.rule_id
JOIN nautobot_golden_config_compliancefeature AS f ON f.id = r.feature_id
GROUP BY GROUPING SETS ((f.name, c.compliance), (f.name));
