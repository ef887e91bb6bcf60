"""What other libraries call it, and what it is in minigrad: the names that ``suggestions`` knows."""
from __future__ import annotations

#: Names that modules lack, by what users call the module.
MODULES: dict[str, dict[str, str]] = {
    "minigrad": {
        "array": "minigrad.tensor(data)", "asarray": "minigrad.as_tensor(data)",
        "Variable": "minigrad.tensor(data, requires_grad=True)",
        "variable": "minigrad.tensor(data, requires_grad=True)", "concatenate": "minigrad.cat",
        "concat": "minigrad.cat", "seed": "minigrad.manual_seed", "expand_dims": "minigrad.unsqueeze",
        "newaxis": "None", "absolute": "minigrad.abs", "power": "minigrad.pow", "Module": "nn.Module",
        "arccos": "minigrad.acos", "arcsin": "minigrad.asin", "arctan": "minigrad.atan",
        "grad": "minigrad.autograd.grad", "stop_gradient": "x.detach()", "size": "x.shape",
    },
    "nn": {
        "Dense": "nn.Linear(in_features, out_features)",
        "Input": "nothing: the first layer says how many features", "MaxPooling2D": "nn.MaxPool2d",
        "AveragePooling2D": "nn.AvgPool2d", "BatchNormalization": "nn.BatchNorm1d or nn.BatchNorm2d",
        "LayerNormalization": "nn.LayerNorm", "GlobalAveragePooling2D": "nn.AdaptiveAvgPool2d(1)",
        "SimpleRNN": "nn.RNN", "Activation": "nn.ReLU, nn.Tanh …", "Reshape": "x.reshape(…) in forward",
        "CategoricalCrossentropy": "nn.CrossEntropyLoss",
        "SparseCategoricalCrossentropy": "nn.CrossEntropyLoss", "BinaryCrossentropy": "nn.BCELoss",
        "MeanSquaredError": "nn.MSELoss", "MeanAbsoluteError": "nn.L1Loss", "Model": "nn.Module",
        "Layer": "nn.Module", "Swish": "nn.SiLU", "Attention": "nn.MultiheadAttention",
    },
    "F": {
        "categorical_crossentropy": "F.cross_entropy", "mean_squared_error": "F.mse_loss", "swish": "F.silu",
        "binary_crossentropy": "F.binary_cross_entropy", "attention": "F.scaled_dot_product_attention",
    },
    "optim": {
        "GradientDescent": "optim.SGD", "Momentum": "optim.SGD(…, momentum=0.9)",
        "StepLR": "optim.lr_scheduler.StepLR", "LRScheduler": "optim.lr_scheduler",
    },
}
#: Names that an nn.Module lacks.
MODEL = {
    "backward": "loss.backward(): the loss is what gradients start from",
    "fit": "minigrad.train.fit(model, …)", "predict": "model(x), or minigrad.train.predict(model, x)",
    "evaluate": "minigrad.train.evaluate(model, …)",
    "compile": "nothing: loss and optimizer are given to minigrad.train.fit", "params": "model.parameters()",
    "summary": "minigrad.summary(model, …)", "save": "minigrad.save(model.state_dict(), path)",
    "load": "model.load_state_dict(minigrad.load(path))", "add": "model.append(layer), of an nn.Sequential",
    "weights": "model.parameters(), or layer.weight", "step": "optimizer.step()", "kernel": "layer.weight",
    "device": "next(model.parameters()).device", "layers": "model.children()",
}
#: Names that a Tensor lacks.
TENSOR = {
    "astype": "x.to(dtype), x.float(), x.long()", "copy": "x.clone()", "backwards": "x.backward()",
    "zero_grad": "x.grad = None", "to_numpy": "x.detach().numpy()", "asnumpy": "x.detach().numpy()",
    "assign": "x[...] = value, under no_grad", "cast": "x.to(dtype)", "gradient": "x.grad, after backward()",
    "expand_dims": "x.unsqueeze(dim)", "append": "minigrad.cat([x, y])",
    "assign_sub": "x -= value, under no_grad", "stop_gradient": "x.detach()", "zero": "x.zero_()",
    "require_grad": "x.requires_grad", "requires_gard": "x.requires_grad", "require_grads": "x.requires_grad",
    "requires_grads": "x.requires_grad", "required_grad": "x.requires_grad",
    "requires_gradient": "x.requires_grad",
}
#: Arguments by the names that other libraries give them.
ARGUMENTS = {"learning_rate": "lr", "rate": "lr", "eta": "lr", "step_size": "lr", "decay": "weight_decay"}
#: Names that an optimizer lacks.
OPTIMIZER = {
    "zero_grads": "optimizer.zero_grad()", "zero_gradients": "optimizer.zero_grad()",
    "zerograd": "optimizer.zero_grad()", "clear_grad": "optimizer.zero_grad()",
    "backward": "loss.backward()", "minimize": "loss.backward(), then optimizer.step()",
    "apply_gradients": "optimizer.step()", "steps": "optimizer.step()",
    "lr": 'optimizer.param_groups[0]["lr"]', "learning_rate": 'optimizer.param_groups[0]["lr"]',
}
#: Where a name may be that was looked for in the wrong place: the module, and what users call it.
PLACES = {
    "minigrad": "minigrad", "minigrad.nn": "nn", "minigrad.nn.functional": "F",
    "minigrad.nn.init": "nn.init", "minigrad.optim": "optim",
    "minigrad.optim.lr_scheduler": "optim.lr_scheduler", "minigrad.data": "minigrad.data",
    "minigrad.train": "minigrad.train",
}
