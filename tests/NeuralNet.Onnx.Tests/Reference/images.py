"""Models of images and signals, for make_reference.py."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    """A residual block as in ResNet, with a 1x1 convolution beside where sizes differ."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.a, self.an = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
        self.b, self.bn = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)
        self.beside = nn.Sequential() if stride == 1 and inputs == outputs else nn.Sequential(
            nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        h = self.bn(self.b(F.relu(self.an(self.a(x)))))
        return F.relu(h + self.beside(x))


def resnet():
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(), Block(4, 4, 1), Block(4, 8, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(8, 3))


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 3), nn.Tanh(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 12),
        nn.Tanh(), nn.Linear(12, 10), nn.Softmax(1))


class Squeeze(nn.Module):
    """Squeeze and excitation: a factor for each channel."""

    def __init__(self, channels):
        super().__init__()
        self.a, self.b = nn.Conv2d(channels, 2, 1), nn.Conv2d(2, channels, 1)

    def forward(self, x):
        return x * torch.sigmoid(self.b(F.relu(self.a(F.adaptive_avg_pool2d(x, 1)))))


def separable(inputs, outputs, stride, activation):
    return nn.Sequential(
        nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=False), nn.BatchNorm2d(inputs), activation, nn.Conv2d(inputs, outputs, 1, bias=False),
        nn.BatchNorm2d(outputs), activation)


def mobile():
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, 2, 1), nn.Hardswish(), separable(4, 6, 1, nn.ReLU6()), Squeeze(6), separable(6, 8, 2, nn.Hardswish()),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(8, 4))


class Causal(nn.Module):
    """A residual block of a temporal convolutional network: padded on both sides and cut, as its authors do it, or padded before alone."""

    def __init__(self, inputs, outputs, dilation, cuts):
        super().__init__()
        self.more, self.cuts = 2 * dilation, cuts
        self.a = nn.Conv1d(inputs, outputs, 3, dilation=dilation, padding=self.more if cuts else 0)
        self.beside = nn.Conv1d(inputs, outputs, 1)

    def forward(self, x):
        h = self.a(x)[:, :, :-self.more] if self.cuts else self.a(F.pad(x, (self.more, 0)))
        return F.relu(F.relu(h) + self.beside(x))


class Tcn(nn.Module):
    def __init__(self, cuts):
        super().__init__()
        self.blocks = nn.Sequential(Causal(2, 4, 1, cuts), Causal(4, 4, 2, cuts))
        self.last = nn.Linear(4, 3)

    def forward(self, x):
        return self.last(self.blocks(x)[:, :, -1])


class Unet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down, self.deep = nn.Conv2d(1, 3, 3, padding=1), nn.Conv2d(3, 5, 3, padding=1)
        self.up, self.last = nn.ConvTranspose2d(5, 3, 2, stride=2), nn.Conv2d(6, 2, 3, padding=1)

    def forward(self, x):
        a = F.relu(self.down(x))
        b = F.relu(self.deep(F.max_pool2d(a, 2)))
        return torch.sigmoid(self.last(torch.cat([self.up(b), a], 1)))


class Signals(nn.Module):
    """Steps first outside, channels first within."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv1d(3, 4, 3, padding=1), nn.LSTM(4, 3, batch_first=True)

    def forward(self, x):
        return self.b(torch.tanh(self.a(x.transpose(1, 2))).transpose(1, 2))[0]


class Pixels(nn.Module):
    """Channels last outside, as Keras has images."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 2, 2)

    def forward(self, x):
        return torch.softmax(self.b(F.pad(F.relu(self.a(x.permute(0, 3, 1, 2))), (0, 1, 0, 1))).permute(0, 2, 3, 1), -1)


def add(case, of, randn):
    torch.manual_seed(2)

    def settle(model):
        """Statistics, gains and biases other than those of the beginning."""
        for module in model.modules():
            if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
                module.running_mean.normal_(0, 0.5)
                module.running_var.uniform_(0.5, 2)
            if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.GroupNorm, nn.InstanceNorm2d)) and module.weight is not None:
                nn.init.normal_(module.weight, 1, 0.2)
                nn.init.normal_(module.bias, 0, 0.2)
        return model

    case("image_lenet", lenet(), randn(2, 1, 12, 12))
    case("image_resnet", settle(resnet()), randn(2, 3, 8, 8), keeps_norms=True)
    case("image_resnet_folded", settle(resnet()), randn(2, 3, 8, 8))
    case("image_mobile", settle(mobile()), randn(2, 3, 8, 8), keeps_norms=True, opset=14)
    case("image_unet", Unet(), randn(2, 1, 6, 8))
    case("image_opset9", settle(nn.Sequential(nn.Conv2d(2, 4, 3, 2, 1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8, 3))),
         randn(2, 2, 7, 5), opset=9)
    case("image_one_row", nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(36, 3)), randn(1, 2, 6, 5), fixed=True)
    case("image_norms", settle(nn.Sequential(nn.Conv2d(2, 6, 3), nn.GroupNorm(3, 6), nn.SiLU(), nn.InstanceNorm2d(6, affine=True), nn.InstanceNorm2d(6))),
         randn(2, 2, 6, 5))
    case("image_upsampled", nn.Sequential(
        nn.Conv2d(2, 3, 3), nn.Upsample(scale_factor=2), nn.ReflectionPad2d(1), nn.Conv2d(3, 2, 3),
        nn.Upsample(scale_factor=3, mode="bilinear", align_corners=False), nn.ZeroPad2d((1, 0, 2, 0)), nn.ReplicationPad2d(1)), randn(2, 2, 5, 4))
    case("image_pools", nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.AvgPool2d(3, 2, 1), nn.MaxPool2d(3, 2, 1, ceil_mode=True), nn.AvgPool2d(2, 1, count_include_pad=False)),
        randn(2, 1, 11, 10))
    case("image_mean", of(lambda m, x: m.last(m.a(x).mean([2, 3])), a=nn.Conv2d(2, 5, 3), last=nn.Linear(5, 2)), randn(2, 2, 5, 6))
    case("image_max", of(lambda m, x: m.last(m.a(x).amax((2, 3))), a=nn.Conv2d(2, 5, 3), last=nn.Linear(5, 2)), randn(2, 2, 5, 6))
    case("image_view", of(lambda m, x: m.last(torch.relu(m.a(x.view(-1, 2, 4, 5))).view(-1, 18)), a=nn.Conv2d(2, 3, 3), last=nn.Linear(18, 2)),
         randn(2, 40))
    case("image_decoder", of(lambda m, x: torch.sigmoid(m.b(torch.relu(m.a(m.first(x).view(-1, 4, 3, 3))))), first=nn.Linear(5, 36),
                             a=nn.ConvTranspose2d(4, 3, 3, 2, 1, output_padding=1), b=nn.ConvTranspose2d(3, 1, 4, 2, 1)), randn(2, 5))
    case("image_channels_last", Pixels(), randn(2, 5, 4, 3))
    case("signal_tcn", Tcn(cuts=False), randn(2, 2, 12))
    case("signal_tcn_cut", Tcn(cuts=True), randn(2, 2, 12))
    case("signal_steps_first", Signals(), randn(2, 7, 3))
    case("signal_pools", settle(nn.Sequential(
        nn.Conv1d(2, 6, 5, 2, groups=2), nn.BatchNorm1d(6), nn.ELU(), nn.MaxPool1d(2), nn.ConvTranspose1d(6, 3, 3, 2), nn.AdaptiveAvgPool1d(1),
        nn.Flatten(), nn.Linear(3, 2))), randn(2, 2, 19), keeps_norms=True)
