SELECT provider.name AS provider, status.name AS status, count(*) AS n
FROM circuits_circuit AS circuit
JOIN circuits_provider AS provider ON provider.id = circuit.provider_id
JOIN extras_status AS status ON status.id = circuit.status_id
GROUP BY provider.name, status.name
ORDER BY provider.name, status.name
