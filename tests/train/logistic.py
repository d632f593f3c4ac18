"""Weights of scikit-learn's logistic regression on rows made by a formula; prints the fixture logistic.json."""
import json

import numpy as np
from sklearn.linear_model import LogisticRegression

labels = [(i * i + i // 3) % 3 for i in range(60)]
rows = [[((i * 7 + d * 13) % 17) / 17 + 0.5 * ((labels[i] + d) % 3) for d in range(4)] for i in range(60)]
out = []
for c in (0.05, 1.0):
    model = LogisticRegression(C=c, class_weight="balanced", tol=1e-12, max_iter=10000).fit(np.array(rows), labels)
    out.append({"c": c, "weights": model.coef_.ravel().tolist(), "biases": model.intercept_.tolist(),
                "probabilities": model.predict_proba(np.array(rows[:5])).ravel().tolist()})
print(json.dumps(out, indent=0))
